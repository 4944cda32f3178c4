import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { newIdempotencyKey } from "../api/client";
import { useMay } from "../api/me";
import { problemOf } from "../api/problem";
import { useWords } from "../i18n/words";
import { useOverview } from "../overview/queries";
import { CallersLine } from "../schedules/CallersLine";
import { useSchema } from "../schedules/editor/jobs";
import { SchemaForm } from "../schedules/editor/SchemaForm";
import type { Schedule } from "../schedules/queries";
import { about } from "../time/times";
import { Dialog } from "../ui/dialog";
import { Failure } from "../ui/feedback";
import { Field } from "../ui/field";
import { Time } from "../ui/time";
import { tell } from "../ui/toast";
import { LimitFields, limitsOf, NO_LIMITS } from "./LimitFields";
import { outlook } from "./outlook";
import { type RunNow, useRunNow, type WhenBusy } from "./queries";

interface Props {
  schedule: Schedule;
  onClose: () => void;
}

const TOO_MANY = 429;

/** Run now, or, where the work is done elsewhere, how it is begun there. */
export function RunNowDialog(props: Props) {
  return props.schedule.target.type === "external" ? <Elsewhere {...props} /> : <Here {...props} />;
}

function Elsewhere({ schedule, onClose }: Props) {
  const words = useWords();
  return (
    <Dialog title={words.runNow.title(schedule.name)} onClose={onClose}>
      <div className="dialog-body stack">
        <Price schedule={schedule} />
        <CallersLine name={schedule.name} />
      </div>
    </Dialog>
  );
}

/** Run now: with which parameters, and at what price. One key a dialog, so two clicks are one run. */
function Here({ schedule, onClose }: Props) {
  const words = useWords();
  const navigate = useNavigate();
  const mayForce = useMay("admin");
  const runNow = useRunNow();
  const [key, setKey] = useState(newIdempotencyKey);
  const [payload, setPayload] = useState<Record<string, unknown> | undefined>();
  const [limits, setLimits] = useState(NO_LIMITS);
  const [isForcing, setForcing] = useState(false);
  const [typedName, setTypedName] = useState("");
  const schema = useSchema(schedule.target);
  const refused = problemOf(runNow.error);
  const isBusy = refused?.status === TOO_MANY && refused.body?.holders !== undefined;

  const changed =
    <T,>(set: (value: T) => void) =>
    (value: T) => {
      set(value);
      setKey(newIdempotencyKey());
    };

  function start(whenBusy: WhenBusy) {
    const asked: RunNow = {
      scheduleId: schedule.id,
      whenBusy,
      payload,
      limits: limitsOf(limits),
      key,
    };
    runNow.mutate(asked, {
      onSuccess: (run) => {
        onClose();
        tell({
          text:
            run.status === "queued"
              ? words.runNow.queued(schedule.name)
              : words.runNow.started(schedule.name),
          action: {
            label: words.runNow.show,
            run: () => void navigate({ to: "/runs/$id", params: { id: run.id } }),
          },
        });
      },
    });
  }

  return (
    <Dialog title={words.runNow.title(schedule.name)} onClose={onClose}>
      <div className="dialog-body stack">
        <Price schedule={schedule} />
        <SchemaForm
          schema={schema}
          value={payload ?? defaultPayload(schedule)}
          label={words.runNow.parameters}
          onChange={changed(setPayload)}
          error={refused?.at("payload")}
        />
        <LimitFields
          typed={limits}
          own={schedule}
          onChange={changed(setLimits)}
          wrong={(field) => refused?.at(field)}
        />
        {refused && isBusy && <Refused refused={refused} />}
        {refused && !isBusy && <Failure error={refused} />}
        {isForcing && (
          <Field label={words.runNow.typeName(schedule.name)} hint={words.runNow.forceHint}>
            {(attributes) => (
              <input
                {...attributes}
                value={typedName}
                onChange={(event) => setTypedName(event.target.value)}
              />
            )}
          </Field>
        )}
      </div>
      <footer className="dialog-foot">
        {mayForce && !isForcing && (
          <button type="button" className="button quiet" onClick={() => setForcing(true)}>
            {words.runNow.force}
          </button>
        )}
        {isForcing && (
          <button
            type="button"
            className="button danger"
            disabled={typedName !== schedule.name || runNow.isPending}
            onClick={() => start("force")}
          >
            {words.runNow.forceNow}
          </button>
        )}
        <span className="spring" />
        <button
          type="button"
          className={isBusy ? "button primary" : "button"}
          disabled={runNow.isPending}
          onClick={() => start("queue")}
        >
          {words.runNow.queue}
        </button>
        <button
          type="button"
          className={isBusy ? "button" : "button primary"}
          disabled={runNow.isPending}
          onClick={() => start("reject")}
        >
          {words.runNow.now}
        </button>
      </footer>
    </Dialog>
  );
}

/** What it costs to run it now: whether it starts, and whom it keeps waiting. */
function Price({ schedule }: { schedule: Schedule }) {
  const words = useWords();
  const { data } = useOverview();
  if (!data) return null;
  const { startsNow, behind, waitMs, delays } = outlook(
    data,
    schedule.average_duration_seconds,
    schedule,
  );
  return (
    <div className={startsNow ? "price is-free" : "price"} role="status">
      <p>
        {startsNow
          ? words.runNow.free
          : words.runNow.busy(
              behind ?? words.overview.otherTenant,
              waitMs === null ? null : about(waitMs),
            )}
      </p>
      {delays.map(({ name, byMs }) => (
        <p key={name}>{words.runNow.delays(name, about(byMs))}</p>
      ))}
    </div>
  );
}

/** Who holds the slot, and for how long: run now was refused. */
function Refused({ refused }: { refused: NonNullable<ReturnType<typeof problemOf>> }) {
  const words = useWords();
  const eta = refused.body?.slot_eta_seconds;
  return (
    <div className="banner is-warning" role="alert">
      <div>
        <strong>{words.runNow.refused}</strong>
        <ul>
          {refused.body?.holders?.map((holder) => (
            <li key={holder.slot}>
              {holder.schedule_name ?? words.overview.otherTenant}
              {holder.since && (
                <>
                  {" "}
                  · {words.overview.since} <Time at={holder.since} withSeconds />
                </>
              )}
            </li>
          ))}
        </ul>
        {typeof eta === "number" && <p>{words.runNow.freeIn(about(eta * 1000))}</p>}
      </div>
    </div>
  );
}

/** What a run gets if nobody says otherwise. */
function defaultPayload({ target }: Schedule): Record<string, unknown> {
  if (target.type === "function") return asObject(target.params);
  if (target.type === "lambda") return asObject(target.payload);
  if (target.type === "step_function") return asObject(target.input);
  return target.type === "http" ? asObject(target.body) : {};
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
