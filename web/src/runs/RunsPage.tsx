import { getRouteApi } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useWords } from "../i18n/words";
import { localOf } from "../schedules/editor/form";
import { useSchedules } from "../schedules/queries";
import { RUN_STATES } from "../states/states";
import { csv, download } from "../ui/download";
import { Empty, Loading } from "../ui/feedback";
import { PoolFilter } from "../ui/PoolFilter";
import { Page } from "../ui/page";
import { useRowKeys } from "../ui/rowKeys";
import { useSearchChange } from "../ui/search";
import { FAILURE_REASONS, type Run, SKIP_REASONS, TRIGGERS, useRuns } from "./queries";
import { RunTable } from "./RunTable";

const route = getRouteApi("/runs");

export function RunsPage() {
  const words = useWords();
  const search = route.useSearch();
  const narrow = useSearchChange();
  const query = useRuns(search);
  const runs = query.data?.pages.flatMap((page) => page.items) ?? [];
  const keys = useRowKeys();
  const isFiltered = Object.values(search).some(Boolean);
  return (
    <Page
      title={words.nav.runs}
      name={words.nav.runs}
      actions={
        <button
          type="button"
          className="button"
          disabled={runs.length === 0}
          onClick={() => download("runs.csv", "text/csv", asCsv(runs))}
        >
          <Download aria-hidden="true" /> CSV
        </button>
      }
    >
      <search className="filters">
        <ScheduleFilter value={search.schedule} onChange={(schedule) => narrow({ schedule })} />
        <select
          aria-label={words.runs.status}
          value={search.status ?? ""}
          onChange={({ target }) => narrow({ status: target.value })}
        >
          <option value="">{words.runs.anyStatus}</option>
          <option value="queued,claimed,running">{words.runs.underWay}</option>
          <option value="failed,skipped,cancelled">{words.runs.notSucceeded}</option>
          {RUN_STATES.map((state) => (
            <option key={state} value={state}>
              {words.states[state]}
            </option>
          ))}
        </select>
        <select
          aria-label={words.runs.trigger}
          value={search.trigger ?? ""}
          onChange={({ target }) => narrow({ trigger: target.value })}
        >
          <option value="">{words.runs.anyTrigger}</option>
          {TRIGGERS.map((trigger) => (
            <option key={trigger} value={trigger}>
              {words.triggers[trigger]}
            </option>
          ))}
        </select>
        <select
          aria-label={words.runs.reason}
          value={search.reason ?? ""}
          onChange={({ target }) => narrow({ reason: target.value })}
        >
          <option value="">{words.runs.anyReason}</option>
          {[...FAILURE_REASONS, ...SKIP_REASONS].map((reason) => (
            <option key={reason} value={reason}>
              {words.reasons[reason]}
            </option>
          ))}
        </select>
        <PoolFilter value={search.pool} onChange={(pool) => narrow({ pool })} />
        {(["from", "to"] as const).map((name) => (
          <label key={name} className="inline-field">
            <span>{words.runs[name]}</span>
            <input
              type="datetime-local"
              value={localOf(search[name])}
              onChange={({ target }) =>
                narrow({ [name]: target.value && new Date(target.value).toISOString() })
              }
            />
          </label>
        ))}
        {isFiltered && (
          <button
            type="button"
            className="link"
            onClick={() =>
              narrow({
                schedule: "",
                status: "",
                trigger: "",
                reason: "",
                pool: "",
                from: "",
                to: "",
              })
            }
          >
            {words.ui.clearFilters}
          </button>
        )}
      </search>
      <Loading query={query} rows={8}>
        {() =>
          runs.length === 0 ? (
            <Empty title={isFiltered ? words.ui.nothingMatches : words.runs.none}>
              <p className="hint">{isFiltered ? words.runs.maybeLater : words.runs.noneText}</p>
            </Empty>
          ) : (
            <div ref={keys}>
              <RunTable runs={runs} withSchedule />
            </div>
          )
        }
      </Loading>
      {query.hasNextPage && (
        <button
          type="button"
          className="button"
          disabled={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {words.ui.more}
        </button>
      )}
    </Page>
  );
}

function ScheduleFilter({
  value,
  onChange,
}: {
  value: string | undefined;
  onChange: (id: string) => void;
}) {
  const words = useWords();
  const schedules = useSchedules().data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <select
      aria-label={words.runs.schedule}
      value={value ?? ""}
      onChange={({ target }) => onChange(target.value)}
    >
      <option value="">{words.runs.anySchedule}</option>
      {value && !schedules.some(({ id }) => id === value) && <option value={value}>{value}</option>}
      {schedules.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  );
}

function asCsv(runs: readonly Run[]): string {
  const head = [
    "id",
    "schedule",
    "trigger",
    "status",
    "reason",
    "due",
    "claimed",
    "started",
    "finished",
    "attempt",
    "wait_ms",
    "duration_ms",
    "steps",
    "processed",
    "skipped",
    "errors",
  ];
  return csv([
    head,
    ...runs.map((run) => [
      run.id,
      run.schedule_name,
      run.trigger,
      run.status,
      run.failure_reason ?? run.skip_reason,
      run.fire_at,
      run.claimed_at,
      run.started_at,
      run.finished_at,
      run.attempt,
      run.slot_wait_ms,
      run.duration_ms,
      run.steps,
      run.totals.processed,
      run.totals.skipped,
      run.totals.errors,
    ]),
  ]);
}
