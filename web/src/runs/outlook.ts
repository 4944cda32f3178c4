import type { Overview } from "../overview/queries";

/** What a run that is asked for now may expect, and whom it keeps waiting. */
export interface Outlook {
  startsNow: boolean;
  /** Whose run is in the way: null where nobody is, or nobody who may be named. */
  behind: string | null;
  /** In how many milliseconds it may start; null if nobody can tell. */
  waitMs: number | null;
  delays: { name: string; byMs: number }[];
}

const MOST_NAMED = 3;

/** Judged from what the overview says: a guess as good as the averages it rests on. */
export function outlook(
  overview: Overview,
  durationSeconds: number | null,
  schedule: { id: string; pool: string },
): Outlook {
  const now = Date.parse(overview.now);
  const pool = overview.pools.find(({ name }) => name === schedule.pool) ?? overview.pools[0];
  const holders = pool?.holders ?? [];
  const queue = pool?.queue ?? [];
  const isFree = holders.length < (pool?.capacity ?? 1) && queue.length === 0;
  const own = holders.find((holder) => holder.schedule_id === schedule.id);
  const startsNow = isFree && own === undefined;
  const startsAt = startsNow ? now : lastEnd(holders, queue, now);
  const worksMs = (durationSeconds ?? 60) * 1000;
  const endsAt = startsAt === null ? null : startsAt + worksMs;
  const next = (startsNow ? own : holders[0])?.schedule_name ?? holders[0]?.schedule_name ?? null;
  return {
    startsNow,
    behind: own?.schedule_name ?? queue.at(-1)?.schedule_name ?? next,
    waitMs: startsAt === null ? null : startsAt - now,
    delays: overview.next
      .filter(({ due_at, schedule_id }) => {
        const due = Date.parse(due_at);
        return (
          endsAt !== null && schedule_id !== schedule.id && due < endsAt && due >= (startsAt ?? now)
        );
      })
      .slice(0, MOST_NAMED)
      .map(({ schedule_name, due_at }) => ({
        name: schedule_name,
        byMs: (endsAt ?? 0) - Date.parse(due_at),
      })),
  };
}

/** When the slot is free again after all that is at work and waits. */
function lastEnd(
  holders: Overview["pools"][number]["holders"],
  queue: Overview["pools"][number]["queue"],
  now: number,
): number | null {
  const last = queue.at(-1);
  if (last?.expected_start_at) {
    return Date.parse(last.expected_start_at) + (last.expected_duration_seconds ?? 60) * 1000;
  }
  const ends = holders.map((holder) => holder.expected_end_at);
  if (ends.some((end) => end === null)) return null;
  return Math.max(now, Math.min(...ends.map((end) => Date.parse(end ?? ""))));
}
