import { expect, test } from "vitest";
import { pace, paused } from "../src/api/pace";
import { Problem } from "../src/api/problem";
import { plain, spans } from "../src/runs/ansi";
import { outlook } from "../src/runs/outlook";
import { changesBetween, definitionOf, EMPTY, formOf } from "../src/schedules/editor/form";
import { atMinute, fixedMinute } from "../src/schedules/editor/outlook";
import type { Schedule } from "../src/schedules/queries";
import { createKeptStore } from "../src/store";
import { csv } from "../src/ui/download";

test("colours of a terminal become spans, and other sequences go", () => {
  expect(spans("\u001b[1;31mno\u001b[0m yes\u001b[2K")).toEqual([
    { text: "no", className: "ansi-red ansi-bold" },
    { text: " yes", className: "" },
  ]);
  expect(plain("\u001b[32mok\u001b[39m")).toBe("ok");
});

test("a cell of a table neither breaks the table nor runs as a formula", () => {
  expect(csv([["a,b", 'say "x"', "=1+1", -1, null]])).toBe(`"a,b","say ""x""",'=1+1,-1,\r\n`);
});

test("only a cron with one fixed minute has a minute to move", () => {
  expect(fixedMinute("0 3 * * *")).toBe(0);
  expect(fixedMinute("*/5 * * * *")).toBeNull();
  expect(fixedMinute("0,30 * * * *")).toBeNull();
  expect(fixedMinute("@daily")).toBeNull();
  expect(atMinute("0 3 * * 1-5", 17)).toBe("17 3 * * 1-5");
});

test("a field's message is found at it and at its parts", () => {
  const errors = [
    { field: "target.headers.X", message: "no" },
    { field: "name", message: "short" },
  ];
  const problem = new Problem(422, { status: 422, errors });
  expect(problem.at("target.headers")).toBe("no");
  expect(problem.at("name")).toBe("short");
  expect(problem.at("target.header")).toBe("");
});

test("asking is frequent while busy, seldom while idle, rare while unattended, and can be paused", () => {
  const within = (every: number | false, ms: number) => {
    expect(every).toBeGreaterThanOrEqual(0.9 * ms);
    expect(every).toBeLessThanOrEqual(1.1 * ms);
  };
  within(pace(true), 4_000);
  within(pace(false), 15_000);
  within(pace(true, Date.now() + 6 * 60_000), 60_000);
  paused.set(true);
  expect(pace(true)).toBe(false);
  paused.set(false);
});

const SCHEDULE = {
  id: "x",
  name: "Nightly",
  description: "",
  tags: ["a"],
  cadence: { type: "cron", expression: "0 3 * * *", timezone: "UTC" },
  target: {
    type: "http",
    method: "POST",
    url: "https://example.com",
    headers: {},
    body: null,
    success_codes: [204],
    completion: "response",
  },
  when_busy: "queue",
  misfire: { policy: "run_once", grace_seconds: 300 },
  retry: { max_attempts: 1, delay_seconds: 60, backoff: "fixed", max_delay_seconds: 1234 },
  timeout_seconds: 300,
  lease_seconds: 1200,
  max_steps: null,
  breaker: { failures: 3, budget_breaches: 5, interruptions: 7 },
  pool: "main",
  priority: 5,
  jitter_seconds: 0,
  starts_at: null,
  ends_at: null,
  queue_limit_seconds: null,
} as unknown as Schedule;

test("a form that nobody touched changes nothing, and what it does not show stays", () => {
  const before = definitionOf(formOf(SCHEDULE), SCHEDULE);
  expect(changesBetween(before, definitionOf(formOf(SCHEDULE), SCHEDULE))).toEqual({});
  const after = definitionOf({ ...formOf(SCHEDULE), attempts: "3" }, SCHEDULE);
  expect(changesBetween(before, after)).toEqual({
    retry: { max_attempts: 3, delay_seconds: 60, backoff: "fixed", max_delay_seconds: 1234 },
  });
  expect(after.target).toMatchObject({ success_codes: [204] });
  expect(after).not.toHaveProperty("lease_seconds");
});

test("what is no number goes to the API as it was typed, which names the field", () => {
  expect(definitionOf({ ...EMPTY, priority: "high" }).priority).toBe("high");
  expect(definitionOf({ ...EMPTY, max_steps: "" }).max_steps).toBeNull();
});

test("run now tells its price: who is ahead, how long, and whom it delays", () => {
  const now = "2026-11-20T09:00:00Z";
  const overview = {
    now,
    pools: [
      {
        name: "main",
        capacity: 1,
        holders: [
          {
            slot: "000",
            schedule_id: "c",
            schedule_name: "Crawl",
            expected_end_at: "2026-11-20T09:04:00Z",
          },
        ],
        queue: [],
        waiting: 0,
      },
    ],
    next: [
      { schedule_id: "e", schedule_name: "Eval", due_at: "2026-11-20T09:05:00Z" },
      { schedule_id: "f", schedule_name: "Far", due_at: "2026-11-20T10:00:00Z" },
    ],
  } as unknown as Parameters<typeof outlook>[0];
  expect(outlook(overview, 120, { id: "s", pool: "main" })).toEqual({
    startsNow: false,
    behind: "Crawl",
    waitMs: 240_000,
    delays: [{ name: "Eval", byMs: 60_000 }],
  });
  const free = { ...overview, pools: [{ ...overview.pools[0], holders: [] }] } as typeof overview;
  expect(outlook(free, 120, { id: "s", pool: "main" }).startsNow).toBe(true);
});

test("what is kept is read again, and what cannot be read is forgotten", () => {
  localStorage.setItem("one", '{"b": 2}');
  expect(createKeptStore("one", { a: 1, b: 1 }, localStorage).get()).toEqual({ a: 1, b: 2 });
  localStorage.setItem("two", "{");
  const store = createKeptStore("two", { a: 1 }, localStorage);
  expect(store.get()).toEqual({ a: 1 });
  store.set({ a: 3 });
  expect(localStorage.getItem("two")).toBe('{"a":3}');
});
