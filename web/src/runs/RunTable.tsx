import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "../api/me";
import { useWords } from "../i18n/words";
import { isAtWork, isUnderWay, StateBadge } from "../states/states";
import { duration, useTimes } from "../time/times";
import { Confirm } from "../ui/dialog";
import { explained } from "../ui/feedback";
import { Menu } from "../ui/menu";
import { Time } from "../ui/time";
import { tell } from "../ui/toast";
import { type Run, useCancel, useRetry } from "./queries";

interface Props {
  runs: readonly Run[];
  withSchedule?: boolean;
  /** What to do with a run that is chosen, if it is not to open its page. */
  onChoose?: (run: Run) => void;
  chosen?: string | null;
}

/** Runs in the columns that were asked for, newest first. */
export function RunTable({ runs, withSchedule = false, onChoose, chosen = null }: Props) {
  const words = useWords();
  const times = useTimes();
  return (
    <div className="table-scroll">
      <table className="table runs-table">
        <thead>
          <tr>
            {withSchedule && <th scope="col">{words.runs.schedule}</th>}
            <th scope="col">{words.runs.started}</th>
            <th scope="col">{words.runs.finished}</th>
            <th scope="col">{words.runs.trigger}</th>
            <th scope="col">{words.runs.status}</th>
            <th scope="col" className="number">
              {words.runs.processed}
            </th>
            <th scope="col" className="number">
              {words.runs.skipped}
            </th>
            <th scope="col" className="number">
              {words.runs.errors}
            </th>
            <th scope="col" className="number">
              {words.runs.took}
            </th>
            <th scope="col">
              <span className="unseen">{words.ui.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr
              key={run.id}
              className={run.id === chosen ? "is-chosen" : ""}
              data-row
              tabIndex={-1}
            >
              {withSchedule && (
                <th scope="row">
                  <Link to="/schedules/$id" params={{ id: run.schedule_id }} className="name">
                    {run.schedule_name}
                  </Link>
                </th>
              )}
              <td>
                {run.started_at ? (
                  <Time at={run.started_at} withSeconds />
                ) : (
                  <span className="hint">
                    {words.runs.due} <Time at={run.fire_at} />
                  </span>
                )}
              </td>
              <td>{run.finished_at ? <Time at={run.finished_at} withSeconds /> : "–"}</td>
              <td>{words.triggers[run.trigger]}</td>
              <td>
                <StateBadge state={run.status} />
                <WhyShort run={run} />
              </td>
              <td className="number">{times.number(run.totals.processed)}</td>
              <td className="number">{times.number(run.totals.skipped)}</td>
              <td className={run.totals.errors ? "number is-bad" : "number"}>
                {times.number(run.totals.errors)}
              </td>
              <td className="number">
                {run.duration_ms === null ? "–" : duration(run.duration_ms)}
              </td>
              <td className="row-actions">
                {onChoose ? (
                  <button
                    type="button"
                    className="button small"
                    aria-expanded={run.id === chosen}
                    onClick={() => onChoose(run)}
                  >
                    {words.runs.log}
                  </button>
                ) : (
                  <Link to="/runs/$id" params={{ id: run.id }} className="button small">
                    {words.runs.log}
                  </Link>
                )}
                <RunMenu run={run} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Why a run was skipped, failed or waits, in place. */
function WhyShort({ run }: { run: Run }) {
  const words = useWords();
  const reason = run.failure_reason ?? run.skip_reason;
  const text = reason ? words.reasons[reason] : "";
  const covers = run.covers > 1 ? words.runs.covers(run.covers) : "";
  const shown = [text, covers].filter(Boolean).join(" · ");
  return shown ? <span className="why-short">{shown}</span> : null;
}

/** What can be done with a run, by those who may. */
export function RunMenu({ run }: { run: Run }) {
  const words = useWords();
  const mayChange = useMay("operator");
  const cancel = useCancel();
  const retry = useRetry();
  const [isAsking, setAsking] = useState(false);
  const refuse = (error: unknown) => tell({ text: explained(words, error), isError: true });
  const doCancel = () =>
    cancel.mutate(
      { id: run.id },
      {
        onError: refuse,
        onSuccess: (now) =>
          tell({ text: isUnderWay(now.status) ? words.runs.askedToStop : words.runs.cancelled }),
      },
    );
  if (!mayChange) return null;
  const items = isUnderWay(run.status)
    ? [
        {
          id: "cancel",
          label: words.runs.cancel,
          danger: true,
          run: () => (isAtWork(run.status) ? setAsking(true) : doCancel()),
        },
      ]
    : [
        {
          id: "retry",
          label: words.runs.retry,
          run: () =>
            retry.mutate(
              { id: run.id },
              { onError: refuse, onSuccess: () => tell({ text: words.runs.retried }) },
            ),
        },
      ];
  return (
    <>
      <Menu label={words.runs.actionsOf(run.schedule_name)} items={items} />
      {isAsking && (
        <Confirm
          title={words.runs.cancelTitle(run.schedule_name)}
          text={words.runs.cancelText}
          deed={words.runs.cancel}
          onClose={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false);
            doCancel();
          }}
        />
      )}
    </>
  );
}
