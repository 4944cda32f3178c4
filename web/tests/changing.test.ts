import { expect, test } from "vitest";
import { changed } from "../src/activity/ActivityList";
import { sumLanes } from "../src/overview/timeline/model";
import { quoted } from "../src/schedules/CallersLine";
import { definitionOf, EMPTY } from "../src/schedules/editor/form";
import { weightsOf } from "../src/settings/Pools";

test("a weight that is not named any more is taken back", () => {
  expect(weightsOf("acme=3, beta = 2", { acme: 1, gone: 4 })).toEqual({
    acme: 3,
    beta: 2,
    gone: null,
  });
  expect(weightsOf("", { gone: 4 })).toEqual({ gone: null });
  expect(weightsOf("acme", {})).toEqual({ acme: "" });
});

test("of a change only what differs is told, by its path", () => {
  const before = { capacity: 1, limits: { tokens: 100, audits: 5 }, kinds: ["a"] };
  const after = { capacity: 1, limits: { tokens: 50, audits: 5 }, kinds: ["a", "b"] };
  expect(changed(before, after)).toEqual([
    { name: "limits.tokens", before: 100, after: 50 },
    { name: "kinds", before: ["a"], after: ["a", "b"] },
  ]);
  expect(changed({ max_steps: null }, { max_steps: 5 })).toHaveLength(1);
});

test("a name with spaces or quotes is one word of a shell", () => {
  expect(quoted("nightly-crawl")).toBe("nightly-crawl");
  expect(quoted("Ada's crawl")).toBe(`'Ada'\\''s crawl'`);
});

test("work that is done elsewhere has a target without fields", () => {
  const form = { ...EMPTY, target: "external" as const, max_cost: "2.5" };
  expect(definitionOf(form)).toMatchObject({ target: { type: "external" }, max_cost: 2.5 });
});

test("sums are put into lanes, what worked longest first", () => {
  const bucket = (schedule_id: string, hour: number, worked_ms: number) => ({
    from: `2026-11-26T0${hour}:00:00.000Z`,
    schedule_id,
    runs: 3,
    by_status: { failed: 1, skipped: 1, succeeded: 1 },
    waited_ms: 0,
    worked_ms,
  });
  const buckets = [bucket("a", 2, 10), bucket("a", 1, 10), bucket("b", 1, 90)];
  const lanes = sumLanes({ buckets, schedules: { a: "Ada" } } as never);
  expect(lanes.map(({ id, name, runs }) => [id, name, runs])).toEqual([
    ["b", "b", 3],
    ["a", "Ada", 6],
  ]);
  expect(lanes[1]?.sums.map(({ from, failed, others }) => [from, failed, others])).toEqual([
    [Date.parse("2026-11-26T01:00:00Z"), 1, 1],
    [Date.parse("2026-11-26T02:00:00Z"), 1, 1],
  ]);
});
