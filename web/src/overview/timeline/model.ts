import type { Schemas } from "../../api/client";
import type { RunState } from "../../states/states";

export type Row = Schemas["Timeline"]["runs"][number];

/** One thing on the axis: a run that was, or one that is to be expected. Instants are Unix milliseconds. */
export interface Bar {
  key: string;
  runId: string | null;
  scheduleId: string;
  name: string;
  pool: string;
  state: RunState | "forecast";
  /** Whether what is expected is that the fire time makes no run. */
  willSkip: boolean;
  reason: Row["reason"];
  trigger: Row["trigger"] | null;
  forced: boolean;
  covers: number;
  due: number;
  /** When it got the slot; null as long as it waits, and where it never got one. */
  start: number | null;
  /** When it gave it back, or where it has got to. */
  end: number;
  isUnderWay: boolean;
}

/** What a forecast expects, and of which pool it is. */
export type Planned = NonNullable<Schemas["Forecast"]["planned"]>[number] & { pool: string };
export type Busy = NonNullable<Schemas["Forecast"]["others"]>[number] & { pool: string };

/** Runs as bars. What is under way reaches to now. */
export function barsOf(rows: readonly Row[], names: Record<string, string>, now: number): Bar[] {
  return rows.map((row) => {
    const due = Date.parse(row.due_at);
    const start = row.claimed_at ? Date.parse(row.claimed_at) : null;
    const isUnderWay = row.finished_at === null && row.status !== "skipped";
    const end = row.finished_at
      ? Date.parse(row.finished_at)
      : isUnderWay
        ? Math.max(now, due)
        : due;
    return {
      key: row.id,
      runId: row.id,
      scheduleId: row.schedule_id,
      name: names[row.schedule_id] ?? row.schedule_id,
      pool: row.pool,
      state: row.status,
      willSkip: false,
      reason: row.reason,
      trigger: row.trigger,
      forced: row.forced,
      covers: row.covers,
      due,
      start,
      end: Math.max(end, due),
      isUnderWay,
    };
  });
}

/**
 * What the forecast expects after now, as bars. Of a run that is under way it is the rest: what it still has
 * to wait, and to work.
 */
export function plannedBars(
  planned: readonly Planned[],
  names: Record<string, string>,
  now: number,
): Bar[] {
  return planned
    .map((each) => {
      const due = each.run_id ? now : Date.parse(each.due_at);
      const start = each.start_at ? Math.max(due, Date.parse(each.start_at)) : null;
      return {
        key: `planned ${each.run_id ?? each.schedule_id} ${each.due_at}`,
        runId: each.run_id,
        scheduleId: each.schedule_id,
        name: names[each.schedule_id] ?? each.schedule_id,
        pool: each.pool,
        state: "forecast" as const,
        willSkip: each.outcome !== "run",
        reason: null,
        trigger: null,
        forced: false,
        covers: 1,
        due,
        start,
        end: Math.max(due, each.end_at ? Date.parse(each.end_at) : due),
        isUnderWay: false,
      };
    })
    .filter((bar) => bar.due >= now);
}

export interface Lane {
  id: string;
  name: string;
  bars: Bar[];
}

/** A lane for each schedule, the busiest first. */
export function lanesOf(bars: readonly Bar[]): Lane[] {
  const lanes = new Map<string, Lane>();
  for (const bar of bars) {
    const lane = lanes.get(bar.scheduleId) ?? { id: bar.scheduleId, name: bar.name, bars: [] };
    lane.bars.push(bar);
    lanes.set(bar.scheduleId, lane);
  }
  for (const lane of lanes.values()) lane.bars.sort((one, other) => one.due - other.due);
  const busy = (lane: Lane) => lane.bars.reduce((sum, { due, end }) => sum + (end - due), 0);
  return [...lanes.values()].sort(
    (one, other) => busy(other) - busy(one) || one.name.localeCompare(other.name),
  );
}

/** Bars that are drawn as one, because each by itself would be too small to see or to hit. */
export interface Cluster {
  key: string;
  bars: [Bar, ...Bar[]];
  from: number;
  to: number;
}

/** Whether there was, or will be, no run for a fire time. */
export function isSkip(bar: Bar): boolean {
  return bar.state === "skipped" || bar.willSkip;
}

/** How much wider than the smallest bar the circle of a skipped fire time is. */
const CIRCLE = 4;

/**
 * Put bars together that are narrower than `least` and touch each other, and circles that would lie on each
 * other; the others stay by themselves.
 */
export function clustered(bars: readonly Bar[], least: number): Cluster[] {
  const clusters: Cluster[] = [];
  for (const bar of bars) {
    const last = clusters.at(-1);
    const isSmall = bar.end - bar.due < least;
    const lastIsSmall = last?.bars.every(({ due, end }) => end - due < least);
    const isSame = (last?.bars[0].state === "forecast") === (bar.state === "forecast");
    const areSkips = isSkip(bar) && last?.bars.every(isSkip);
    const reach = areSkips ? CIRCLE * least : least;
    if (last && isSmall && lastIsSmall && isSame && bar.due - last.to < reach) {
      last.bars.push(bar);
      last.to = Math.max(last.to, bar.end);
    } else {
      clusters.push({ key: bar.key, bars: [bar], from: bar.due, to: bar.end });
    }
  }
  return clusters;
}

/** Who held a slot and who waited at an instant. */
export interface Moment {
  holders: Bar[];
  waiting: Bar[];
}

export function momentAt(bars: readonly Bar[], at: number): Moment {
  const holders = bars.filter(({ start, end }) => start !== null && start <= at && at < end);
  const waiting = bars.filter(
    ({ due, start, end, state }) =>
      state !== "skipped" && due <= at && at < (start ?? end) && (start ?? end) > due,
  );
  return { holders, waiting };
}

/** Behind whom a bar waited: who held the slot as it came due; null if nobody that is known. */
export function behind(bar: Bar, bars: readonly Bar[]): Bar | null {
  return (
    bars.find(
      (other) =>
        other.key !== bar.key &&
        other.pool === bar.pool &&
        other.start !== null &&
        other.start <= bar.due &&
        bar.due < other.end,
    ) ?? null
  );
}

/** The time from a bar's due instant to its start, or to where it has got to without one. */
export function waitOf(bar: Bar): number {
  if (bar.state === "skipped" || bar.willSkip) return 0;
  return Math.max(0, (bar.start ?? bar.end) - bar.due);
}

/** How much of a window the slots were in use. */
export function load(bars: readonly Bar[], from: number, to: number, capacity: number): number {
  let used = 0;
  for (const { start, end, forced } of bars) {
    if (start === null || forced) continue;
    used += Math.max(0, Math.min(end, to) - Math.max(start, from));
  }
  return to > from ? used / ((to - from) * Math.max(capacity, 1)) : 0;
}

/** What became of the runs of one schedule that were due in one part of a window. */
export interface Sum {
  from: number;
  runs: number;
  failed: number;
  /** Skipped and cancelled ones. */
  others: number;
  workedMs: number;
  waitedMs: number;
}

export interface SumLane {
  id: string;
  name: string;
  runs: number;
  sums: Sum[];
}

/** A lane for each schedule, the one that worked longest first. */
export function sumLanes({ buckets, schedules }: Schemas["Timeline"]): SumLane[] {
  const lanes = new Map<string, SumLane>();
  for (const bucket of buckets) {
    const id = bucket.schedule_id;
    const lane = lanes.get(id) ?? { id, name: schedules[id] ?? id, runs: 0, sums: [] };
    const { failed = 0, skipped = 0, cancelled = 0 } = bucket.by_status;
    lane.runs += bucket.runs;
    lane.sums.push({
      from: Date.parse(bucket.from),
      runs: bucket.runs,
      failed,
      others: skipped + cancelled,
      workedMs: bucket.worked_ms,
      waitedMs: bucket.waited_ms,
    });
    lanes.set(id, lane);
  }
  for (const lane of lanes.values()) lane.sums.sort((one, other) => one.from - other.from);
  const worked = (lane: SumLane) => lane.sums.reduce((sum, { workedMs }) => sum + workedMs, 0);
  return [...lanes.values()].sort(
    (one, other) => worked(other) - worked(one) || one.name.localeCompare(other.name),
  );
}
