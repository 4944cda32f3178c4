import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { ChevronRight, Play, ScrollText } from "lucide-react";
import { Fragment, useState } from "react";
import { useMay } from "../api/me";
import { useWords } from "../i18n/words";
import { RunLogDialog } from "../runs/RunLogDialog";
import { RunNowDialog } from "../runs/RunNowDialog";
import { StateBadge } from "../states/states";
import { duration, useTimes } from "../time/times";
import { explained } from "../ui/feedback";
import { Switch } from "../ui/field";
import { Menu } from "../ui/menu";
import { useRowKeys } from "../ui/rowKeys";
import { useSearchChange } from "../ui/search";
import { Relative, Time } from "../ui/time";
import { tell } from "../ui/toast";
import { DeleteSchedule } from "./DeleteSchedule";
import { type Schedule, useSwitch, zoneOf } from "./queries";
import { Recent } from "./Recent";
import { cadenceText, targetText } from "./text";
import { Why } from "./Why";

type Open = { what: "log" | "run" | "delete"; schedule: Schedule } | null;

const route = getRouteApi("/schedules");

interface Props {
  schedules: readonly Schedule[];
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
}

export function ScheduleTable({ schedules, selected, onSelect }: Props) {
  const words = useWords();
  const navigate = useNavigate();
  const search = route.useSearch();
  const changeSearch = useSearchChange();
  const mayChange = useMay("operator");
  const change = useSwitch();
  const [open, setOpen] = useState<Open>(null);

  const toggle = (schedule: Schedule) =>
    change.mutate(
      { id: schedule.id, deed: schedule.status === "active" ? "pause" : "resume" },
      { onError: (error) => tell({ text: explained(words, error), isError: true }) },
    );
  const edit = (schedule: Schedule) =>
    void navigate({ to: "/schedules/$id", params: { id: schedule.id }, search: { edit: "yes" } });
  const select = (id: string) => {
    const now = new Set(selected);
    if (!now.delete(id)) now.add(id);
    onSelect(now);
  };
  const explain = (id: string) => changeSearch({ why: search.why === id ? "" : id });

  const keys = useRowKeys((row, key) => {
    const schedule = schedules.find(({ id }) => id === row.dataset.id);
    if (!schedule) return false;
    if (key === "l") setOpen({ what: "log", schedule });
    else if (!mayChange) return false;
    else if (key === "x") select(schedule.id);
    else if (key === "e") edit(schedule);
    else if (key === "r") setOpen({ what: "run", schedule });
    else if (key === "p") toggle(schedule);
    else if (key === "n") void navigate({ to: "/schedules/new" });
    else return false;
    return true;
  });

  const allSelected = schedules.every(({ id }) => selected.has(id));
  return (
    <div className="table-scroll" ref={keys}>
      <table className="table schedules-table">
        <thead>
          <tr>
            {mayChange && (
              <th scope="col" className="check">
                <input
                  type="checkbox"
                  aria-label={words.ui.selectAll}
                  checked={allSelected}
                  onChange={() =>
                    onSelect(allSelected ? new Set() : new Set(schedules.map(({ id }) => id)))
                  }
                />
              </th>
            )}
            <th scope="col">{words.schedules.name}</th>
            <th scope="col">{words.schedules.state}</th>
            <th scope="col">{words.schedules.nextRun}</th>
            <th scope="col">{words.schedules.recent}</th>
            <th scope="col">{words.schedules.lastRun}</th>
            <th scope="col" className="number">
              {words.schedules.average}
            </th>
            <th scope="col">{words.schedules.target}</th>
            <th scope="col">
              <span className="unseen">{words.ui.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {schedules.map((schedule) => (
            <Fragment key={schedule.id}>
              <tr
                data-row
                data-id={schedule.id}
                tabIndex={-1}
                className={selected.has(schedule.id) ? "is-chosen" : ""}
              >
                {mayChange && (
                  <td className="check">
                    <input
                      type="checkbox"
                      aria-label={words.ui.select(schedule.name)}
                      checked={selected.has(schedule.id)}
                      onChange={() => select(schedule.id)}
                    />
                  </td>
                )}
                <th scope="row">
                  <Name schedule={schedule} />
                </th>
                <td>
                  <span className="state-cell">
                    {mayChange && (
                      <Switch
                        label={words.schedules.onOff(schedule.name)}
                        isOn={schedule.status === "active"}
                        onChange={() => toggle(schedule)}
                      />
                    )}
                    <StateBadge state={schedule.status} />
                  </span>
                  {schedule.broken_reason && (
                    <span className="why-short" title={schedule.broken_reason}>
                      {schedule.broken_reason}
                    </span>
                  )}
                </td>
                <td>
                  <NextRun schedule={schedule} />
                </td>
                <td>
                  <Recent schedule={schedule} />
                </td>
                <td>
                  {schedule.last_run ? (
                    <Link to="/runs/$id" params={{ id: schedule.last_run.id }} className="plain">
                      <StateBadge state={schedule.last_run.status} />
                      {schedule.last_run.finished_at && (
                        <span className="why-short">
                          <Relative at={schedule.last_run.finished_at} />
                        </span>
                      )}
                    </Link>
                  ) : (
                    <span className="hint">{words.runs.none}</span>
                  )}
                </td>
                <td className="number">
                  {schedule.average_duration_seconds === null
                    ? "–"
                    : duration(schedule.average_duration_seconds * 1000)}
                </td>
                <td className="target-cell">{targetText(schedule.target)}</td>
                <td className="row-actions">
                  <button
                    type="button"
                    className="icon-button"
                    aria-expanded={search.why === schedule.id}
                    aria-label={words.schedules.whyOf(schedule.name)}
                    title={words.schedules.why}
                    onClick={() => explain(schedule.id)}
                  >
                    <ChevronRight aria-hidden="true" />
                  </button>
                  <button
                    type="button"
                    className="icon-button"
                    aria-label={words.runs.logOf(schedule.name)}
                    title={words.runs.log}
                    onClick={() => setOpen({ what: "log", schedule })}
                  >
                    <ScrollText aria-hidden="true" />
                  </button>
                  {mayChange && (
                    <>
                      <button
                        type="button"
                        className="icon-button"
                        aria-label={words.runNow.title(schedule.name)}
                        title={words.runNow.now}
                        onClick={() => setOpen({ what: "run", schedule })}
                      >
                        <Play aria-hidden="true" />
                      </button>
                      <Menu
                        label={words.schedules.actionsOf(schedule.name)}
                        items={[
                          { id: "edit", label: words.schedules.edit, run: () => edit(schedule) },
                          {
                            id: "copy",
                            label: words.schedules.duplicate,
                            run: () =>
                              void navigate({
                                to: "/schedules/new",
                                search: { like: schedule.id },
                              }),
                          },
                          {
                            id: "delete",
                            label: words.schedules.delete,
                            danger: true,
                            run: () => setOpen({ what: "delete", schedule }),
                          },
                        ]}
                      />
                    </>
                  )}
                </td>
              </tr>
              {search.why === schedule.id && (
                <tr className="why-row">
                  <td colSpan={mayChange ? 9 : 8}>
                    <Why id={schedule.id} zone={zoneOf(schedule)} />
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
      {open?.what === "log" && (
        <RunLogDialog
          scheduleId={open.schedule.id}
          name={open.schedule.name}
          onClose={() => setOpen(null)}
        />
      )}
      {open?.what === "run" && (
        <RunNowDialog schedule={open.schedule} onClose={() => setOpen(null)} />
      )}
      {open?.what === "delete" && (
        <DeleteSchedule schedule={open.schedule} onClose={() => setOpen(null)} />
      )}
    </div>
  );
}

function Name({ schedule }: { schedule: Schedule }) {
  const words = useWords();
  const times = useTimes();
  return (
    <>
      <Link to="/schedules/$id" params={{ id: schedule.id }} className="name">
        {schedule.name}
      </Link>
      <span className="why-short">{cadenceText(words, times, schedule.cadence)}</span>
      {schedule.tags.length > 0 && (
        <span className="tags">
          {schedule.tags.map((tag) => (
            <Link
              key={tag}
              to="/schedules"
              search={(before: Record<string, string | undefined>) => ({ ...before, tag })}
              className="tag"
            >
              {tag}
            </Link>
          ))}
        </span>
      )}
    </>
  );
}

/** When it fires next, in the zone the reader chose, and how long that is from now. */
export function NextRun({ schedule }: { schedule: Schedule }) {
  if (!schedule.next_fire_at) return <span className="hint">–</span>;
  return (
    <>
      <Time at={schedule.next_fire_at} zone={zoneOf(schedule)} />
      <span className="why-short">
        <Relative at={schedule.next_fire_at} />
      </span>
    </>
  );
}
