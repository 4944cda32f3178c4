import type { CSSProperties } from "react";
import { useWords, type Words } from "../i18n/words";
import { duration, useTimes } from "../time/times";
import { useNow } from "../ui/time";
import type { Run } from "./queries";

interface Part {
  kind: "put-off" | "waits" | "starts" | "works" | "rests";
  from: number;
  to: number;
  label: string;
}

/** Where a run's time went, from the instant it was due. */
export function Waterfall({ run }: { run: Run }) {
  const words = useWords();
  const times = useTimes();
  const now = useNow();
  const due = Date.parse(run.fire_at);
  const end = run.finished_at ? Date.parse(run.finished_at) : Math.max(now, due + 1_000);
  const rows = rowsOf(run, end, words);
  if (rows.length === 0 || run.status === "skipped") return null;
  const span = Math.max(end - due, 1);
  const place = ({ from, to }: Part): CSSProperties => ({
    left: `${(100 * (from - due)) / span}%`,
    width: `${Math.max(0.4, (100 * (to - from)) / span)}%`,
  });
  return (
    <figure className="waterfall" aria-label={words.runs.waterfall}>
      {rows.map((row) => (
        <div className="waterfall-row" key={row.name}>
          <span className="waterfall-name">{row.name}</span>
          <span className="waterfall-track">
            {row.parts.map((part) => (
              <span
                key={`${part.kind} ${part.from}`}
                className={`waterfall-part part-${part.kind} ${row.isBad && part.kind === "works" ? "is-bad" : ""}`}
                style={place(part)}
                title={`${part.label}: ${duration(part.to - part.from)}`}
              />
            ))}
          </span>
          <span className="waterfall-note">
            {row.parts.map((part) => `${part.label} ${duration(part.to - part.from)}`).join(" · ")}
            {row.note && <em> {row.note}</em>}
          </span>
        </div>
      ))}
      <figcaption>
        <span>
          {words.runs.due} {times.seconds(due)}
        </span>
        <span>
          {run.finished_at ? words.runs.finished : words.ui.now} {times.seconds(end)}{" "}
          {times.zoneName(end)}
        </span>
      </figcaption>
    </figure>
  );
}

interface Row {
  name: string;
  parts: Part[];
  note: string;
  isBad: boolean;
}

function rowsOf(run: Run, end: number, words: Words): Row[] {
  const rows: Row[] = [];
  let before = Date.parse(run.fire_at);
  const isOnly = run.attempts.length <= 1 && run.max_attempts <= 1;
  for (const attempt of run.attempts) {
    const claimed = attempt.claimed_at ? Date.parse(attempt.claimed_at) : end;
    const started = attempt.started_at ? Date.parse(attempt.started_at) : null;
    const ended = attempt.ended_at ? Date.parse(attempt.ended_at) : end;
    const parts: Part[] = [];
    if (claimed - before > 500) {
      const kind = attempt.number === 1 ? "waits" : "rests";
      parts.push({ kind, from: before, to: claimed, label: words.runs.parts[kind] });
    }
    const begun = started ?? ended;
    parts.push({ kind: "starts", from: claimed, to: begun, label: words.runs.parts.starts });
    if (started !== null) {
      parts.push({ kind: "works", from: started, to: ended, label: words.runs.parts.works });
    }
    rows.push({
      name: isOnly ? words.runs.run : words.runs.attempt(attempt.number),
      parts,
      note: attempt.reason ? words.reasons[attempt.reason] : "",
      isBad: attempt.reason !== null,
    });
    before = ended;
  }
  if (run.status === "queued") {
    const kind = run.attempts.length ? "rests" : "waits";
    rows.push({
      name: run.attempts.length ? words.runs.attempt(run.attempt) : words.runs.run,
      parts: [{ kind, from: before, to: end, label: words.runs.parts[kind] }],
      note: "",
      isBad: false,
    });
  }
  return rows;
}
