import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, call } from "../api/client";
import { useMay } from "../api/me";
import { problemOf } from "../api/problem";
import { touched } from "../api/queries";
import { useWords } from "../i18n/words";
import { useOverview } from "../overview/queries";
import { Failure } from "../ui/feedback";
import { Field } from "../ui/field";
import { Time } from "../ui/time";

const MINUTE_SECONDS = 60;

interface Signal {
  source: string;
  isForAll: boolean;
}

function where({ source, isForAll }: Signal) {
  return {
    path: { source },
    query: { ...(isForAll && { deployment: "true" as const }) },
  };
}

/** Who works interactively, so that firings are put off: signalled, and taken back, by hand. */
export function Signals() {
  const words = useWords();
  const mayChange = useMay("operator");
  const isOwner = useMay("owner");
  const signals = useOverview().data?.pressure ?? [];
  const drop = useMutation({
    mutationFn: (signal: Signal) =>
      call(api.DELETE("/v1/pressure/{source}", { params: where(signal) })),
    onSettled: () => touched("overview", "schedules", "forecast"),
  });
  return (
    <section className="card">
      <h2>{words.signals.title}</h2>
      <p className="hint">{words.signals.text}</p>
      {signals.length === 0 && <p>{words.signals.none}</p>}
      <ul className="signals">
        {signals.map(({ source, until, deployment }) => (
          <li key={`${source} ${deployment}`}>
            <strong>{source}</strong>
            <span>
              {words.signals.until} <Time at={until} />
            </span>
            {deployment && <span className="tag">{words.signals.forAll}</span>}
            {(deployment ? isOwner : mayChange) && (
              <button
                type="button"
                className="button small"
                disabled={drop.isPending}
                onClick={() => drop.mutate({ source, isForAll: deployment })}
              >
                {words.signals.end}
              </button>
            )}
          </li>
        ))}
      </ul>
      {drop.error ? <Failure error={drop.error} /> : null}
      {mayChange && <Raise mayBeForAll={isOwner} />}
    </section>
  );
}

function Raise({ mayBeForAll }: { mayBeForAll: boolean }) {
  const words = useWords();
  const [source, setSource] = useState("");
  const [minutes, setMinutes] = useState("30");
  const [isForAll, setForAll] = useState(false);
  const raise = useMutation({
    mutationFn: () =>
      call(
        api.PUT("/v1/pressure/{source}", {
          params: where({ source: source.trim(), isForAll }),
          body: { ttl_seconds: Math.round(Number(minutes) * MINUTE_SECONDS) },
        }),
      ),
    onSuccess: () => setSource(""),
    onSettled: () => touched("overview", "schedules", "forecast"),
  });
  const problem = problemOf(raise.error);
  return (
    <form
      className="signal-form"
      onSubmit={(event) => {
        event.preventDefault();
        raise.mutate();
      }}
    >
      <Field label={words.signals.source} error={problem?.at("source")}>
        {(attributes) => (
          <input
            {...attributes}
            required
            placeholder={words.signals.sourceExample}
            value={source}
            onChange={({ target }) => setSource(target.value)}
          />
        )}
      </Field>
      <Field label={words.signals.minutes} error={problem?.at("ttl_seconds")}>
        {(attributes) => (
          <input
            {...attributes}
            required
            type="number"
            min={1}
            max={1440}
            value={minutes}
            onChange={({ target }) => setMinutes(target.value)}
          />
        )}
      </Field>
      {mayBeForAll && (
        <label className="row">
          <input
            type="checkbox"
            checked={isForAll}
            onChange={({ target }) => setForAll(target.checked)}
          />
          {words.signals.forAll}
        </label>
      )}
      <button type="submit" className="button" disabled={raise.isPending}>
        {words.signals.raise}
      </button>
      {problem && !problem.body?.errors && <Failure error={problem} />}
    </form>
  );
}
