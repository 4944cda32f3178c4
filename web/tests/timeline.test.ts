import { expect, test } from "vitest";
import {
  type Bar,
  barsOf,
  behind,
  clustered,
  lanesOf,
  load,
  momentAt,
  plannedBars,
  type Row,
  waitOf,
} from "../src/overview/timeline/model";

const MINUTE = 60_000;
const NINE = Date.parse("2026-11-20T09:00:00Z");
const at = (minutes: number) => new Date(NINE + minutes * MINUTE).toISOString();

function row(
  id: string,
  due: number,
  claimed: number | null,
  finished: number | null,
  more: Partial<Row> = {},
): Row {
  return {
    id,
    schedule_id: id.split("-")[0] ?? id,
    status: finished === null ? "running" : "succeeded",
    reason: null,
    trigger: "scheduled",
    pool: "main",
    due_at: at(due),
    queued_at: at(due),
    claimed_at: claimed === null ? null : at(claimed),
    started_at: claimed === null ? null : at(claimed),
    finished_at: finished === null ? null : at(finished),
    attempt: 1,
    slot: null,
    forced: false,
    covers: 1,
    ...more,
  };
}

const NAMES = { crawl: "Crawl", sync: "Sync", skip: "Skip" };
const ROWS = [
  row("crawl-1", 0, 0, 10),
  row("sync-1", 5, 10, 12),
  row("skip-1", 6, null, 6, { status: "skipped", reason: "slot_busy" }),
  row("crawl-2", 20, 20, null),
  row("sync-2", 25, null, null, { status: "queued" }),
];
const NOW = NINE + 30 * MINUTE;
const BARS = barsOf(ROWS, NAMES, NOW);
const bar = (key: string) => BARS.find((each) => each.key === key) as Bar;

test("what is under way reaches to now, and what has ended to its end", () => {
  expect(bar("crawl-2").end).toBe(NOW);
  expect(bar("sync-2").end).toBe(NOW);
  expect(bar("crawl-1").end).toBe(NINE + 10 * MINUTE);
});

test("an instant says who held the slot and who waited", () => {
  const names = (bars: readonly Bar[]) => bars.map(({ name }) => name);
  const seven = momentAt(BARS, NINE + 7 * MINUTE);
  expect([names(seven.holders), names(seven.waiting)]).toEqual([["Crawl"], ["Sync"]]);
  const fifteen = momentAt(BARS, NINE + 15 * MINUTE);
  expect([fifteen.holders, fifteen.waiting]).toEqual([[], []]);
  const later = momentAt(BARS, NINE + 26 * MINUTE);
  expect([names(later.holders), names(later.waiting)]).toEqual([["Crawl"], ["Sync"]]);
});

test("a wait says how long and behind whom", () => {
  expect(waitOf(bar("sync-1"))).toBe(5 * MINUTE);
  expect(behind(bar("sync-1"), BARS)?.key).toBe("crawl-1");
  expect(waitOf(bar("crawl-1"))).toBe(0);
  expect(waitOf(bar("skip-1"))).toBe(0);
});

test("what is planned is after now, and of what is under way the rest", () => {
  const planned = plannedBars(
    [
      {
        schedule_id: "crawl",
        run_id: "crawl-2",
        due_at: at(20),
        start_at: at(20),
        end_at: at(34),
        outcome: "run",
        pool: "main",
      },
      {
        schedule_id: "sync",
        run_id: null,
        due_at: at(40),
        start_at: at(41),
        end_at: at(43),
        outcome: "run",
        pool: "main",
      },
      {
        schedule_id: "skip",
        run_id: null,
        due_at: at(41),
        start_at: null,
        end_at: null,
        outcome: "skipped",
        pool: "main",
      },
    ],
    NAMES,
    NOW,
  );
  expect(
    planned.map(({ due, end, willSkip }) => [
      (due - NINE) / MINUTE,
      (end - NINE) / MINUTE,
      willSkip,
    ]),
  ).toEqual([
    [30, 34, false],
    [40, 43, false],
    [41, 41, true],
  ]);
});

test("the busiest lane comes first", () => {
  expect(lanesOf(BARS).map(({ name }) => name)).toEqual(["Crawl", "Sync", "Skip"]);
});

test("small ones that touch become one; those that can be seen stay by themselves", () => {
  const small = [0, 1, 2, 30].map((due) => row(`sync-${due}`, due, due, due + 0.5));
  const clusters = clustered(barsOf(small, NAMES, NOW), 2 * MINUTE);
  expect(clusters.map(({ bars }) => bars.length)).toEqual([3, 1]);
  expect(
    clustered(
      BARS.filter(({ name }) => name === "Crawl"),
      MINUTE,
    ),
  ).toHaveLength(2);
});

test("the load is what the slots were used of a window, forced runs apart", () => {
  expect(load(BARS, NINE, NINE + 20 * MINUTE, 1)).toBeCloseTo(12 / 20);
  expect(load(BARS, NINE, NINE + 20 * MINUTE, 2)).toBeCloseTo(6 / 20);
  const forced = barsOf([row("crawl-1", 0, 0, 10, { forced: true })], NAMES, NOW);
  expect(load(forced, NINE, NINE + 20 * MINUTE, 1)).toBe(0);
});
