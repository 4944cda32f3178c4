import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { Pencil, Play, ScrollText } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { useMay } from "../api/me";
import { useWords } from "../i18n/words";
import { useRuns } from "../runs/queries";
import { RunLogDialog } from "../runs/RunLogDialog";
import { RunNowDialog } from "../runs/RunNowDialog";
import { RunTable } from "../runs/RunTable";
import { StateBadge } from "../states/states";
import { duration, useTimes } from "../time/times";
import { Empty, explained, Loading, Skeleton } from "../ui/feedback";
import { Menu } from "../ui/menu";
import { Page } from "../ui/page";
import { Relative, Time } from "../ui/time";
import { tell } from "../ui/toast";
import { Changes } from "./Changes";
import { DeleteSchedule } from "./DeleteSchedule";
import { type Schedule, usePreview, useSchedule, useSwitch, zoneOf } from "./queries";
import { RunCharts } from "./RunCharts";
import { ScheduleControl } from "./ScheduleControl";
import { cadenceText, targetText } from "./text";
import { Why } from "./Why";

const EditSchedule = lazy(() =>
  import("./editor/EditorPage").then(({ EditSchedulePage }) => ({ default: EditSchedulePage })),
);

const route = getRouteApi("/schedules/$id");
const TABS = ["runs", "why", "configuration", "changes"] as const;
type Tab = (typeof TABS)[number];

export function SchedulePage() {
  const { id } = route.useParams();
  const { edit } = route.useSearch();
  const words = useWords();
  const query = useSchedule(id);
  if (edit) {
    return (
      <Suspense fallback={<Skeleton rows={8} />}>
        <EditSchedule id={id} />
      </Suspense>
    );
  }
  const schedule = query.data?.schedule;
  return (
    <Page
      key={id}
      name={schedule?.name ?? words.schedules.schedule}
      title={
        schedule ? (
          <>
            {schedule.name} <StateBadge state={schedule.status} />
          </>
        ) : (
          words.schedules.schedule
        )
      }
      actions={schedule && <Deeds schedule={schedule} />}
    >
      <Loading query={query} rows={8}>
        {(loaded) => <Detail schedule={loaded.schedule} />}
      </Loading>
    </Page>
  );
}

function Detail({ schedule }: { schedule: Schedule }) {
  const words = useWords();
  const search = route.useSearch();
  const mayChange = useMay("operator");
  const tab: Tab = TABS.find((each) => each === search.tab) ?? "runs";
  return (
    <>
      {schedule.description && <p className="subtitle">{schedule.description}</p>}
      {schedule.status === "broken" && (
        <p className="banner is-bad" role="status">
          <StateBadge state="broken" /> {schedule.broken_reason}
          {schedule.broken_at && <Relative at={schedule.broken_at} />}
        </p>
      )}
      <div className="detail-head">
        {mayChange && <ScheduleControl schedule={schedule} label={words.schedules.control} />}
        <dl className="figures">
          <div>
            <dt>{words.schedules.nextRun}</dt>
            <dd>
              {schedule.next_fire_at ? (
                <>
                  <Time at={schedule.next_fire_at} zone={zoneOf(schedule)} />{" "}
                  <Relative at={schedule.next_fire_at} />
                </>
              ) : (
                "–"
              )}
            </dd>
          </div>
          <div>
            <dt>{words.schedules.cadence}</dt>
            <dd>
              <CadenceWords schedule={schedule} />
            </dd>
          </div>
          <div>
            <dt>{words.schedules.average}</dt>
            <dd>
              {schedule.average_duration_seconds === null
                ? "–"
                : duration(schedule.average_duration_seconds * 1000)}
            </dd>
          </div>
          {schedule.failure_streak > 0 && (
            <div>
              <dt>{words.schedules.streak}</dt>
              <dd className="is-bad">
                {schedule.failure_streak} / {schedule.breaker.failures}
              </dd>
            </div>
          )}
        </dl>
      </div>
      <nav className="tabs" aria-label={words.schedules.parts}>
        {TABS.map((each) => (
          <Link
            key={each}
            to="/schedules/$id"
            params={{ id: schedule.id }}
            search={each === "runs" ? {} : { tab: each }}
            aria-current={each === tab ? "page" : undefined}
            className={each === tab ? "tab is-here" : "tab"}
            replace
          >
            {words.schedules.tabs[each]}
          </Link>
        ))}
      </nav>
      {tab === "runs" && <Runs schedule={schedule} />}
      {tab === "why" && <Why id={schedule.id} zone={zoneOf(schedule)} />}
      {tab === "configuration" && <Configuration schedule={schedule} />}
      {tab === "changes" && <Changes id={schedule.id} />}
    </>
  );
}

/** What the cadence means, in the words of the API. */
function CadenceWords({ schedule }: { schedule: Schedule }) {
  const words = useWords();
  const times = useTimes();
  const { data } = usePreview(schedule.cadence.type === "cron" ? schedule.cadence : null, 1);
  const text = cadenceText(words, times, schedule.cadence);
  return (
    <>
      {data?.description ?? text}
      {data && <span className="why-short">{text}</span>}
    </>
  );
}

function Runs({ schedule }: { schedule: Schedule }) {
  const words = useWords();
  const query = useRuns({ schedule: schedule.id });
  const runs = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Loading query={query} rows={6}>
      {() =>
        runs.length === 0 ? (
          <Empty title={words.runs.none} />
        ) : (
          <>
            <RunCharts runs={runs} />
            <RunTable runs={runs} />
            {query.hasNextPage && (
              <button type="button" className="button" onClick={() => void query.fetchNextPage()}>
                {words.ui.more}
              </button>
            )}
          </>
        )
      }
    </Loading>
  );
}

function Configuration({ schedule }: { schedule: Schedule }) {
  const words = useWords();
  const times = useTimes();
  const rules = words.editor.rules;
  const rows: [string, ReactNode][] = [
    [words.schedules.cadence, cadenceText(words, times, schedule.cadence)],
    [
      words.schedules.target,
      `${words.targets[schedule.target.type]}: ${targetText(schedule.target)}`,
    ],
    [
      words.schedules.parameters,
      <pre key="p" className="code">
        {JSON.stringify(schedule.target, null, 2)}
      </pre>,
    ],
    [rules.when_busy.label, rules.when_busy[schedule.when_busy]],
    [
      rules.misfire.label,
      `${rules.misfire[schedule.misfire.policy ?? "run_once"]} · ${duration((schedule.misfire.grace_seconds ?? 300) * 1000)}`,
    ],
    [rules.attempts.label, String(schedule.retry.max_attempts ?? 1)],
    ...((schedule.retry.max_attempts ?? 1) > 1
      ? ([
          [
            rules.delay.label,
            `${duration((schedule.retry.delay_seconds ?? 60) * 1000)} · ${rules.backoff.label} ${rules.backoff[schedule.retry.backoff ?? "fixed"]}`,
          ],
        ] satisfies [string, ReactNode][])
      : []),
    [rules.timeout.label, duration(schedule.timeout_seconds * 1000)],
    [rules.lease.label, duration(schedule.lease_seconds * 1000)],
    [
      rules.max_steps.label,
      schedule.max_steps === null ? words.editor.noLimit : times.number(schedule.max_steps),
    ],
    ...(schedule.max_tokens === null
      ? []
      : ([[rules.max_tokens.label, times.number(schedule.max_tokens)]] as [string, ReactNode][])),
    ...(schedule.max_cost === null
      ? []
      : ([[rules.max_cost.label, times.number(schedule.max_cost, 4)]] as [string, ReactNode][])),
    [
      rules.queueLimit.label,
      schedule.queue_limit_seconds === null ? "–" : duration(schedule.queue_limit_seconds * 1000),
    ],
    [rules.pool.label, schedule.pool],
    [rules.priority.label, String(schedule.priority)],
    [rules.jitter.label, duration(schedule.jitter_seconds * 1000)],
    [
      rules.breaker.label,
      words.schedules.breakerText(
        schedule.breaker.failures ?? 3,
        schedule.breaker.budget_breaches ?? 5,
      ),
    ],
    [rules.starts.label, schedule.starts_at ? times.full(schedule.starts_at) : "–"],
    [rules.ends.label, schedule.ends_at ? times.full(schedule.ends_at) : "–"],
    ["ID", <code key="id">{schedule.id}</code>],
    [words.schedules.created, times.full(schedule.created_at)],
    [words.schedules.updated, times.full(schedule.updated_at)],
  ];
  return (
    <dl className="configuration">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Deeds({ schedule }: { schedule: Schedule }) {
  const words = useWords();
  const navigate = useNavigate();
  const mayChange = useMay("operator");
  const change = useSwitch();
  const [open, setOpen] = useState<"run" | "log" | "delete" | null>(null);
  const isOn = schedule.status === "active";
  return (
    <>
      <button type="button" className="button" onClick={() => setOpen("log")}>
        <ScrollText aria-hidden="true" /> {words.runs.log}
      </button>
      {mayChange && (
        <>
          <button
            type="button"
            className="button"
            onClick={() =>
              change.mutate(
                { id: schedule.id, deed: isOn ? "pause" : "resume" },
                { onError: (error) => tell({ text: explained(words, error), isError: true }) },
              )
            }
          >
            {isOn ? words.schedules.pause : words.schedules.resume}
          </button>
          <Link
            to="/schedules/$id"
            params={{ id: schedule.id }}
            search={{ edit: "yes" }}
            className="button"
          >
            <Pencil aria-hidden="true" /> {words.schedules.edit}
          </Link>
          <button type="button" className="button primary" onClick={() => setOpen("run")}>
            <Play aria-hidden="true" /> {words.runNow.now}
          </button>
          <Menu
            label={words.schedules.actionsOf(schedule.name)}
            items={[
              {
                id: "copy",
                label: words.schedules.duplicate,
                run: () => void navigate({ to: "/schedules/new", search: { like: schedule.id } }),
              },
              {
                id: "delete",
                label: words.schedules.delete,
                danger: true,
                run: () => setOpen("delete"),
              },
            ]}
          />
        </>
      )}
      {open === "run" && <RunNowDialog schedule={schedule} onClose={() => setOpen(null)} />}
      {open === "log" && (
        <RunLogDialog scheduleId={schedule.id} name={schedule.name} onClose={() => setOpen(null)} />
      )}
      {open === "delete" && (
        <DeleteSchedule
          schedule={schedule}
          onClose={() => setOpen(null)}
          onDeleted={() => void navigate({ to: "/schedules" })}
        />
      )}
    </>
  );
}
