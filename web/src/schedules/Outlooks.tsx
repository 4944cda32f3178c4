import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type CSSProperties, useMemo } from "react";
import { api, call } from "../api/client";
import { every } from "../api/pace";
import { useWords } from "../i18n/words";
import { useOverview } from "../overview/queries";
import { duration, useTimes } from "../time/times";
import { offsetMs } from "../time/zones";
import { Empty, Loading } from "../ui/feedback";
import { Time } from "../ui/time";
import type { Schedule } from "./queries";
import "./outlooks.css";

const HOUR = 3_600_000;
const DAY_HOURS = 24;
const WEEK_HOURS = 7 * DAY_HOURS;
const SECONDS = 300;

/** What is to be expected of a pool, so many hours ahead. */
function useForecastOf(pool: string, hours: number) {
  return useQuery({
    queryKey: ["forecast", pool, hours],
    queryFn: ({ signal }) =>
      call(
        api.GET("/v1/forecast", {
          params: { query: { hours, planned: "true", current: "true", pool } },
          signal,
        }),
      ),
    refetchInterval: () => every(SECONDS),
  });
}

function usePools(): string[] {
  return useOverview().data?.pools.map(({ name }) => name) ?? [];
}

interface Props {
  schedules: readonly Schedule[];
}

/** The week ahead, an hour a cell: what starts in it, and how full it is. */
export function WeekView({ schedules }: Props) {
  const pools = usePools();
  return pools.map((pool) => (
    <Week key={pool} pool={pool} isOnly={pools.length === 1} schedules={schedules} />
  ));
}

function Week({ pool, isOnly, schedules }: Props & { pool: string; isOnly: boolean }) {
  const words = useWords();
  const times = useTimes();
  const query = useForecastOf(pool, WEEK_HOURS);
  const names = useMemo(
    () => new Map(schedules.map(({ id, name }) => [id, name] as const)),
    [schedules],
  );
  const cells = useMemo(() => {
    const found = new Map<number, { times: Map<string, number>; busyMs: number }>();
    for (const { schedule_id, due_at, start_at, end_at } of query.data?.planned ?? []) {
      const name = names.get(schedule_id);
      if (name === undefined) continue;
      const hour = Math.floor(Date.parse(due_at) / HOUR) * HOUR;
      const cell = found.get(hour) ?? { times: new Map<string, number>(), busyMs: 0 };
      cell.times.set(name, (cell.times.get(name) ?? 0) + 1);
      if (start_at && end_at) cell.busyMs += Date.parse(end_at) - Date.parse(start_at);
      found.set(hour, cell);
    }
    return found;
  }, [query.data, names]);
  return (
    <Loading query={query} rows={8}>
      {(forecast) => {
        const days = daysOf(Date.parse(forecast.from), times.zone());
        const end = Date.parse(forecast.planned_until ?? forecast.until);
        return (
          <section className="week" aria-label={words.outlooks.week}>
            {!isOnly && <h2>{pool}</h2>}
            <div className="table-scroll">
              <table className="week-table">
                <thead>
                  <tr>
                    <th scope="col">{times.zoneName(Date.now())}</th>
                    {days.map((day) => (
                      <th key={day} scope="col">
                        {times.dayName(day)}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {Array.from({ length: DAY_HOURS }, (_, hour) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: the hours of a day never move
                    <tr key={hour}>
                      <th scope="row">{String(hour).padStart(2, "0")}</th>
                      {days.map((day) => {
                        const cell = cells.get(Math.floor((day + hour * HOUR) / HOUR) * HOUR);
                        const isBeyond = day + hour * HOUR >= end;
                        return (
                          <td
                            key={day}
                            className={isBeyond ? "is-beyond" : ""}
                            style={fullness(cell?.busyMs ?? 0, forecast.capacity)}
                          >
                            {cell && (
                              <span title={listed(cell.times).join("\n")}>
                                {words.outlooks.count(listed(cell.times))}
                              </span>
                            )}
                          </td>
                        );
                      })}
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            {end < Date.parse(forecast.until) && (
              <p className="hint">
                {words.outlooks.plannedUntil} <Time at={end} />
              </p>
            )}
            {!forecast.is_complete && <p className="hint">{words.timeline.incomplete}</p>}
          </section>
        );
      }}
    </Loading>
  );
}

/** Names with how often each comes: “sync ×12”. */
function listed(times: ReadonlyMap<string, number>): string[] {
  return Array.from(times, ([name, count]) => (count > 1 ? `${name} ×${count}` : name));
}

/** Midnights of the reader's zone, this day's first. */
function daysOf(from: number, zone: string): number[] {
  const offset = offsetMs(from, zone);
  const midnight = Math.floor((from + offset) / (DAY_HOURS * HOUR)) * DAY_HOURS * HOUR;
  return Array.from({ length: 7 }, (_, day) => {
    const local = midnight + day * DAY_HOURS * HOUR;
    return local - offsetMs(local - offset, zone);
  });
}

function fullness(busyMs: number, capacity: number): CSSProperties {
  const share = Math.min(100, Math.round((100 * busyMs) / (HOUR * Math.max(capacity, 1))));
  return busyMs > 0
    ? { background: `color-mix(in oklab, var(--forecast) ${8 + share * 0.5}%, var(--surface))` }
    : {};
}

/** Who takes how much of the slots in the next day. */
export function ShareView({ schedules }: Props) {
  const pools = usePools();
  return pools.map((pool) => (
    <Shares key={pool} pool={pool} isOnly={pools.length === 1} schedules={schedules} />
  ));
}

function Shares({ pool, isOnly, schedules }: Props & { pool: string; isOnly: boolean }) {
  const words = useWords();
  const times = useTimes();
  const query = useForecastOf(pool, DAY_HOURS);
  return (
    <Loading query={query} rows={6}>
      {(forecast) => {
        const shown = new Set(schedules.map(({ id }) => id));
        const all = (Date.parse(forecast.until) - Date.parse(forecast.from)) * forecast.capacity;
        const rows = forecast.schedules
          .filter(({ schedule_id }) => shown.has(schedule_id))
          .map((one) => ({ ...one, busyMs: one.runs * one.duration_seconds * 1000 }))
          .toSorted((one, other) => other.busyMs - one.busyMs);
        if (rows.length === 0) return <Empty title={words.overview.nothingNext} />;
        return (
          <section aria-label={words.outlooks.share}>
            {!isOnly && <h2>{pool}</h2>}
            <div className="table-scroll">
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">{words.schedules.name}</th>
                    <th scope="col">{words.outlooks.share}</th>
                    <th scope="col" className="number">
                      {words.nav.runs}
                    </th>
                    <th scope="col" className="number">
                      {words.runs.took}
                    </th>
                    <th scope="col" className="number">
                      {words.runs.waited}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((one) => {
                    const percent = all > 0 ? (100 * one.busyMs) / all : 0;
                    return (
                      <tr key={one.schedule_id}>
                        <th scope="row">
                          <Link
                            to="/schedules/$id"
                            params={{ id: one.schedule_id }}
                            className="name"
                          >
                            {one.name}
                          </Link>
                        </th>
                        <td>
                          <span className="share">
                            <span style={{ width: `${Math.min(100, percent)}%` }} />
                          </span>{" "}
                          {times.number(percent, 1)} %
                        </td>
                        <td className="number">{times.number(one.runs)}</td>
                        <td className="number">{duration(one.duration_seconds * 1000)}</td>
                        <td className="number">{duration(one.mean_wait_seconds * 1000)}</td>
                      </tr>
                    );
                  })}
                </tbody>
              </table>
            </div>
          </section>
        );
      }}
    </Loading>
  );
}
