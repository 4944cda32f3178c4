import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { RotateCw, Square } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useMay } from "../api/me";
import { problemOf } from "../api/problem";
import { useWords } from "../i18n/words";
import { JsonField } from "../schedules/editor/SchemaForm";
import { isAtWork, isUnderWay, StateBadge } from "../states/states";
import { duration, useTimes } from "../time/times";
import { announce } from "../ui/announce";
import { CopyButton } from "../ui/copy";
import { Confirm, Dialog } from "../ui/dialog";
import { explained, Failure, Loading } from "../ui/feedback";
import { Page } from "../ui/page";
import { Time, useNow } from "../ui/time";
import { tell } from "../ui/toast";
import { LimitFields, limitsOf, NO_LIMITS, type TypedLimits } from "./LimitFields";
import { LogView } from "./LogView";
import { type Run, useCancel, useRetry, useRun, type WholeRun } from "./queries";
import { Waterfall } from "./Waterfall";

const route = getRouteApi("/runs/$id");

export function RunPage() {
  const { id } = route.useParams();
  const words = useWords();
  const query = useRun(id);
  const run = query.data?.run;
  useChangesSaid(run);
  return (
    <Page
      key={id}
      name={run ? `${run.schedule_name} · ${words.runs.run}` : words.runs.run}
      title={
        run ? (
          <>
            <Link to="/schedules/$id" params={{ id: run.schedule_id }} className="title-link">
              {run.schedule_name}
            </Link>{" "}
            <StateBadge state={run.status}>
              {run.failure_reason && ` (${words.reasons[run.failure_reason]})`}
              {run.skip_reason && ` (${words.reasons[run.skip_reason]})`}
            </StateBadge>
          </>
        ) : (
          words.runs.run
        )
      }
      actions={run && <Deeds run={run} />}
    >
      <Loading query={query} rows={8}>
        {({ run: loaded, lines }) => (
          <>
            <p className="subtitle">
              {words.triggers[loaded.trigger]}
              {loaded.requested_by && ` · ${words.runs.by(loaded.requested_by)}`}
              {loaded.forced && ` · ${words.runs.forced}`}
              {loaded.max_attempts > 1 &&
                ` · ${words.runs.attemptOf(loaded.attempt, loaded.max_attempts)}`}
              {" · "}
              <code>{loaded.id}</code>
              <CopyButton text={loaded.id} label={words.runs.copyId} />
            </p>
            {loaded.error_message && (
              <p className="banner is-bad" role="status">
                {loaded.error_message}
              </p>
            )}
            {loaded.cancel_requested_at && isUnderWay(loaded.status) && (
              <p className="banner is-warning" role="status">
                {words.runs.askedToStop}
              </p>
            )}
            <Waterfall run={loaded} />
            <Figures run={loaded} />
            {loaded.checkpoint && (
              <details className="checkpoint">
                <summary>{words.runs.checkpoint}</summary>
                <pre className="code">{JSON.stringify(loaded.checkpoint, null, 2)}</pre>
              </details>
            )}
            {loaded.summary && <p className="summary">{loaded.summary}</p>}
            {loaded.status !== "skipped" && <LogView run={loaded} lines={lines} />}
          </>
        )}
      </Loading>
    </Page>
  );
}

/** Have a change of the status be said to those who cannot see it. */
function useChangesSaid(run: Run | undefined) {
  const words = useWords();
  const before = useRef<string | undefined>(undefined);
  const status = run?.status;
  const name = run?.schedule_name;
  useEffect(() => {
    if (status && name && before.current && before.current !== status) {
      announce(`${name}: ${words.states[status]}`);
    }
    before.current = status;
  }, [status, name, words]);
}

function Figures({ run }: { run: Run }) {
  const words = useWords();
  const times = useTimes();
  return (
    <dl className="figures">
      <Figure name={words.runs.due}>
        <Time at={run.fire_at} withSeconds />
      </Figure>
      <Figure name={words.runs.started}>
        {run.started_at ? <Time at={run.started_at} withSeconds /> : "–"}
      </Figure>
      <Figure name={words.runs.finished}>
        {run.finished_at ? <Time at={run.finished_at} withSeconds /> : "–"}
      </Figure>
      <Figure name={words.runs.waited}>
        {run.slot_wait_ms === null ? "–" : duration(run.slot_wait_ms)}
      </Figure>
      <Figure name={words.runs.took}>
        {run.duration_ms === null ? "–" : duration(run.duration_ms)}
      </Figure>
      <Figure name={words.runs.processed}>{times.number(run.totals.processed)}</Figure>
      <Figure name={words.runs.skipped}>{times.number(run.totals.skipped)}</Figure>
      <Figure name={words.runs.errors}>
        <span className={run.totals.errors ? "is-bad" : ""}>{times.number(run.totals.errors)}</span>
      </Figure>
      <Figure name={words.runs.steps}>
        <Used name={words.runs.steps} used={run.steps} most={run.max_steps} digits={0} />
      </Figure>
      {run.progress && (
        <Figure name={words.runs.progress}>
          {times.number(run.progress.done)} / {times.number(run.progress.total)}
          <meter
            min={0}
            max={Math.max(run.progress.total, 1)}
            value={run.progress.done}
            aria-label={words.runs.progress}
          />
        </Figure>
      )}
      {(run.usage || run.max_tokens !== null) && (
        <Figure name={words.runs.tokens}>
          <Used
            name={words.runs.tokens}
            used={run.usage?.tokens ?? 0}
            most={run.max_tokens}
            digits={0}
          />
        </Figure>
      )}
      {(run.usage || run.max_cost !== null) && (
        <Figure name={words.runs.cost}>
          <Used name={words.runs.cost} used={run.usage?.cost ?? 0} most={run.max_cost} digits={4} />
        </Figure>
      )}
      {isAtWork(run.status) && <Lease run={run} />}
    </dl>
  );
}

interface UsedProps {
  name: string;
  used: number;
  most: number | null;
  digits: number;
}

/** How much of a budget is used up, if there is one. */
function Used({ name, used, most, digits }: UsedProps) {
  const times = useTimes();
  return (
    <>
      {times.number(used, digits)}
      {most !== null && (
        <>
          {` / ${times.number(most, digits)}`}
          <meter min={0} max={most} value={used} aria-label={name} />
        </>
      )}
    </>
  );
}

/** How long a run may still be silent, and when it was heard last. */
function Lease({ run }: { run: Run }) {
  const words = useWords();
  const now = useNow();
  return (
    <>
      {run.lease_expires_at && (
        <Figure name={words.runs.lease}>
          {duration(Math.max(0, Date.parse(run.lease_expires_at) - now))}
        </Figure>
      )}
      {run.heard_at && (
        <Figure name={words.runs.heard}>
          <Time at={run.heard_at} withSeconds />
        </Figure>
      )}
    </>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Deeds({ run }: { run: WholeRun }) {
  const words = useWords();
  const navigate = useNavigate();
  const mayChange = useMay("operator");
  const cancel = useCancel();
  const retry = useRetry();
  const [open, setOpen] = useState<"cancel" | "retry" | null>(null);
  if (!mayChange) return null;
  const refuse = (error: unknown) => tell({ text: explained(words, error), isError: true });
  const doCancel = () => cancel.mutate({ id: run.id }, { onError: refuse });
  if (isUnderWay(run.status)) {
    return (
      <>
        <button
          type="button"
          className="button danger"
          disabled={cancel.isPending || run.cancel_requested_at !== null}
          onClick={() => (isAtWork(run.status) ? setOpen("cancel") : doCancel())}
        >
          <Square aria-hidden="true" /> {words.runs.cancel}
        </button>
        {open === "cancel" && (
          <Confirm
            title={words.runs.cancelTitle(run.schedule_name)}
            text={words.runs.cancelText}
            deed={words.runs.cancel}
            onClose={() => setOpen(null)}
            onConfirm={() => {
              setOpen(null);
              doCancel();
            }}
          />
        )}
      </>
    );
  }
  const show = (again: { id: string }) =>
    void navigate({ to: "/runs/$id", params: { id: again.id } });
  return (
    <>
      <button
        type="button"
        className="button"
        disabled={retry.isPending}
        onClick={() => retry.mutate({ id: run.id }, { onError: refuse, onSuccess: show })}
      >
        <RotateCw aria-hidden="true" /> {words.runs.retry}
      </button>
      <button type="button" className="button" onClick={() => setOpen("retry")}>
        {words.runs.retryWithChanges}
      </button>
      {open === "retry" && <RetryDialog run={run} onClose={() => setOpen(null)} onDone={show} />}
    </>
  );
}

/** The same run again, with another payload or step limit. */
function RetryDialog({
  run,
  onClose,
  onDone,
}: {
  run: WholeRun;
  onClose: () => void;
  onDone: (again: { id: string }) => void;
}) {
  const words = useWords();
  const retry = useRetry();
  const [payload, setPayload] = useState<Record<string, unknown>>(run.payload ?? {});
  const [isChanged, setChanged] = useState(false);
  const [limits, setLimits] = useState<TypedLimits>({
    ...NO_LIMITS,
    max_steps: String(run.max_steps ?? ""),
    max_tokens: String(run.max_tokens ?? ""),
    max_cost: String(run.max_cost ?? ""),
  });
  return (
    <Dialog title={words.runs.retryTitle(run.schedule_name)} onClose={onClose}>
      <div className="dialog-body stack">
        <JsonField
          label={words.runNow.parameters}
          value={payload}
          onChange={(value) => {
            setPayload(value);
            setChanged(true);
          }}
        />
        <LimitFields
          typed={limits}
          own={{ max_steps: null, max_tokens: null, max_cost: null }}
          onChange={setLimits}
          wrong={(field) => problemOf(retry.error)?.at(field)}
        />
        {retry.error && <Failure error={retry.error} />}
      </div>
      <footer className="dialog-foot">
        <button type="button" className="button" onClick={onClose}>
          {words.ui.cancel}
        </button>
        <button
          type="button"
          className="button primary"
          disabled={retry.isPending}
          onClick={() =>
            retry.mutate(
              {
                id: run.id,
                payload: isChanged ? payload : undefined,
                limits: limitsOf(limits),
              },
              {
                onSuccess: (again) => {
                  onClose();
                  onDone(again);
                },
              },
            )
          }
        >
          {words.runs.retry}
        </button>
      </footer>
    </Dialog>
  );
}
