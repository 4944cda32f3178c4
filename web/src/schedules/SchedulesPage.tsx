import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { Download, Plus } from "lucide-react";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { useMay } from "../api/me";
import { useWords } from "../i18n/words";
import { useTimes } from "../time/times";
import { csv, download } from "../ui/download";
import { Empty, Loading, Skeleton } from "../ui/feedback";
import { Choice } from "../ui/field";
import { PoolFilter } from "../ui/PoolFilter";
import { Page } from "../ui/page";
import { useSearchChange } from "../ui/search";
import { Bulk } from "./Bulk";
import { type Schedule, useSchedules } from "./queries";
import { ScheduleTable } from "./ScheduleTable";
import { StatsBar } from "./StatsBar";
import { cadenceText, targetText } from "./text";
import { Views } from "./Views";

const route = getRouteApi("/schedules");
const TYPED_MS = 250;
const VIEWS = ["table", "week", "share"] as const;
type View = (typeof VIEWS)[number];

const WeekView = lazy(() => import("./Outlooks").then((part) => ({ default: part.WeekView })));
const ShareView = lazy(() => import("./Outlooks").then((part) => ({ default: part.ShareView })));

export type Sort = "name" | "next" | "last" | "average" | "created";

export function SchedulesPage() {
  const words = useWords();
  const times = useTimes();
  const search = route.useSearch();
  const narrow = useSearchChange();
  const mayChange = useMay("operator");
  const query = useSchedules(search);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const all = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const schedules = useMemo(
    () =>
      sorted(
        all.filter(withTag(search.tag)).filter(ofPool(search.pool)),
        search.sort as Sort | undefined,
      ),
    [all, search.tag, search.pool, search.sort],
  );
  const tags = useMemo(() => [...new Set(all.flatMap((each) => each.tags))].sort(), [all]);
  const targets = useMemo(
    () => [
      ...new Set(all.flatMap(({ target }) => (target.type === "function" ? [target.name] : []))),
    ],
    [all],
  );
  const view = VIEWS.find((each) => each === search.view) ?? "table";
  const isFiltered = Boolean(
    search.q || search.status || search.target || search.tag || search.pool,
  );
  return (
    <Page
      title={words.nav.schedules}
      name={words.nav.schedules}
      actions={
        <>
          <button
            type="button"
            className="button"
            disabled={schedules.length === 0}
            onClick={() =>
              download(
                "schedules.csv",
                "text/csv",
                csv([
                  [
                    "id",
                    "name",
                    "tags",
                    "status",
                    "cadence",
                    "next_fire_at",
                    "target",
                    "last_status",
                    "average_s",
                  ],
                  ...schedules.map((each) => [
                    each.id,
                    each.name,
                    each.tags.join(" "),
                    each.status,
                    cadenceText(words, times, each.cadence),
                    each.next_fire_at,
                    targetText(each.target),
                    each.last_run?.status,
                    each.average_duration_seconds,
                  ]),
                ]),
              )
            }
          >
            <Download aria-hidden="true" /> CSV
          </button>
          {mayChange && (
            <Link to="/schedules/new" className="button primary">
              <Plus aria-hidden="true" /> {words.schedules.create}
            </Link>
          )}
        </>
      }
    >
      <StatsBar />
      <search className="filters">
        <SearchField value={search.q ?? ""} onChange={(q) => narrow({ q })} />
        <select
          aria-label={words.schedules.state}
          value={search.status ?? ""}
          onChange={({ target }) => narrow({ status: target.value })}
        >
          <option value="">{words.schedules.anyState}</option>
          <option value="active">{words.states.active}</option>
          <option value="paused">{words.states.paused}</option>
          <option value="broken">{words.states.broken}</option>
        </select>
        <select
          aria-label={words.schedules.target}
          value={search.target ?? ""}
          onChange={({ target }) => narrow({ target: target.value })}
        >
          <option value="">{words.schedules.anyTarget}</option>
          {["function", "http", "lambda", "step_function", "external"].map((kind) => (
            <option key={kind} value={kind}>
              {words.targets[kind as "http"]}
            </option>
          ))}
          {[...new Set([...targets, ...(search.target ? [search.target] : [])])]
            .filter((name) => !(name in words.targets))
            .map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
        </select>
        {tags.length > 0 && (
          <select
            aria-label={words.schedules.tag}
            value={search.tag ?? ""}
            onChange={({ target }) => narrow({ tag: target.value })}
          >
            <option value="">{words.schedules.anyTag}</option>
            {tags.map((tag) => (
              <option key={tag}>{tag}</option>
            ))}
          </select>
        )}
        <PoolFilter value={search.pool} onChange={(pool) => narrow({ pool })} />
        <select
          aria-label={words.schedules.sort}
          value={search.sort ?? ""}
          onChange={({ target }) => narrow({ sort: target.value })}
        >
          <option value="">{words.schedules.sorts.created}</option>
          <option value="name">{words.schedules.sorts.name}</option>
          <option value="next">{words.schedules.sorts.next}</option>
          <option value="last">{words.schedules.sorts.last}</option>
          <option value="average">{words.schedules.sorts.average}</option>
        </select>
        <Choice<View>
          label={words.outlooks.show}
          value={view}
          onChange={(chosen) => narrow({ view: chosen === "table" ? "" : chosen })}
          options={VIEWS.map((value) => ({ value, label: words.outlooks.views[value] }))}
        />
        <Views />
        {isFiltered && (
          <button
            type="button"
            className="link"
            onClick={() => narrow({ q: "", status: "", target: "", tag: "", pool: "" })}
          >
            {words.ui.clearFilters}
          </button>
        )}
      </search>
      <Loading query={query} rows={8}>
        {() => {
          if (schedules.length > 0 && view !== "table") {
            const View = view === "week" ? WeekView : ShareView;
            return (
              <Suspense fallback={<Skeleton rows={8} />}>
                <View schedules={schedules} />
              </Suspense>
            );
          }
          if (schedules.length > 0) {
            return (
              <ScheduleTable schedules={schedules} selected={selected} onSelect={setSelected} />
            );
          }
          return isFiltered ? <Empty title={words.ui.nothingMatches} /> : <FirstSteps />;
        }}
      </Loading>
      {query.hasNextPage && (
        <button type="button" className="button" onClick={() => void query.fetchNextPage()}>
          {words.ui.more}
        </button>
      )}
      {selected.size > 0 && (
        <Bulk
          schedules={all.filter(({ id }) => selected.has(id))}
          onDone={() => setSelected(new Set())}
        />
      )}
    </Page>
  );
}

/** What is typed, given on once the typing rests. */
function SearchField({ value, onChange }: { value: string; onChange: (q: string) => void }) {
  const words = useWords();
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onChange(typed), TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed, value, onChange]);
  return (
    <input
      type="search"
      aria-label={words.schedules.search}
      placeholder={words.schedules.search}
      value={typed}
      onChange={({ target }) => setTyped(target.value)}
    />
  );
}

/** Three ways to begin, where there is nothing yet. */
function FirstSteps() {
  const words = useWords();
  const navigate = useNavigate();
  const mayChange = useMay("operator");
  const begin = (from: string) => void navigate({ to: "/schedules/new", search: { from } });
  return (
    <Empty title={words.schedules.none}>
      {mayChange ? (
        <div className="starts">
          {(["cron", "interval", "drill"] as const).map((from) => (
            <button key={from} type="button" className="start" onClick={() => begin(from)}>
              <strong>{words.schedules.starts[from].title}</strong>
              <span>{words.schedules.starts[from].text}</span>
            </button>
          ))}
        </div>
      ) : (
        <p className="hint">{words.schedules.noneForViewers}</p>
      )}
    </Empty>
  );
}

function ofPool(pool: string | undefined) {
  return (schedule: Schedule) => !pool || schedule.pool === pool;
}

function withTag(tag: string | undefined) {
  return (schedule: Schedule) => !tag || schedule.tags.includes(tag);
}

function sorted(schedules: Schedule[], sort: Sort | undefined): Schedule[] {
  const last = Number.MAX_SAFE_INTEGER;
  switch (sort) {
    case "name":
      return schedules.toSorted((one, other) => one.name.localeCompare(other.name));
    case "next":
      return by(schedules, ({ next_fire_at }) => (next_fire_at ? Date.parse(next_fire_at) : last));
    case "last":
      return by(schedules, ({ last_run }) => -Date.parse(last_run?.finished_at ?? "1970-01-01"));
    case "average":
      return by(schedules, ({ average_duration_seconds }) => -(average_duration_seconds ?? 0));
    default:
      return schedules;
  }
}

function by(schedules: Schedule[], value: (schedule: Schedule) => number): Schedule[] {
  return schedules.toSorted((one, other) => value(one) - value(other));
}
