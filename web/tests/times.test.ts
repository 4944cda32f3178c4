import { describe, expect, test } from "vitest";
import { ticks } from "../src/time/ticks";
import { about, duration, Times } from "../src/time/times";
import { offsetMs } from "../src/time/zones";

const HOUR = 3_600_000;
const AT = "2026-03-29T01:30:00Z"; // Berlin has put its clocks forward half an hour before.

describe("one instant", () => {
  const shown = (mode: "mine" | "utc" | "schedule") => new Times("en", mode, "America/New_York");

  test("is shown in the zone that the reader chose, and says which", () => {
    expect(shown("mine").clock(AT)).toBe("21:30");
    expect(shown("utc").clock(AT)).toBe("01:30");
    expect(shown("schedule").clock(AT, "Europe/Berlin")).toBe("03:30");
    expect(shown("schedule").clock(AT)).toBe("21:30");
    expect(shown("utc").full(AT)).toMatch(/29 Mar 2026, 01:30:00 UTC/);
    expect(shown("mine").zoneName(AT)).toMatch(/EDT|GMT-4/);
  });

  test("has its day beside it unless that is today, and its year unless that is this one", () => {
    const times = shown("utc");
    expect(times.short(AT, null, Date.parse("2026-03-29T23:00:00Z"))).toBe("01:30");
    expect(times.short(AT, null, Date.parse("2026-04-01T00:00:00Z"))).toBe("Sun 29 Mar, 01:30");
    expect(times.short(AT, null, Date.parse("2027-04-01T00:00:00Z"))).toMatch(/2026, 01:30$/);
  });

  test("is told in each zone once", () => {
    expect(new Times("en", "mine", "UTC").everywhere(AT, "UTC")).toHaveLength(1);
    expect(new Times("en", "mine", "Asia/Kolkata").everywhere(AT, "Europe/Berlin")).toHaveLength(3);
  });

  test("is written as Germans write it", () => {
    expect(new Times("de", "utc", "UTC").dayName(AT, null, Date.parse(AT))).toBe("So., 29. März");
  });
});

test("offsets are those of the instant", () => {
  expect(offsetMs(Date.parse(AT) - HOUR, "Europe/Berlin")).toBe(HOUR);
  expect(offsetMs(Date.parse(AT), "Europe/Berlin")).toBe(2 * HOUR);
  expect(offsetMs(Date.parse(AT), "Asia/Kolkata")).toBe(5.5 * HOUR);
});

test("ticks are round on the wall of their zone, also where its clocks change", () => {
  const from = Date.parse("2026-03-28T20:00:00Z");
  const places = ticks(from, from + 12 * HOUR, "Europe/Berlin", 12);
  const walls = places.map((at) =>
    new Times("en", "utc", "UTC").clock(at + offsetMs(at, "Europe/Berlin")),
  );
  expect(walls).toEqual([
    "21:00",
    "22:00",
    "23:00",
    "00:00",
    "01:00",
    "03:00",
    "04:00",
    "05:00",
    "06:00",
    "07:00",
    "08:00",
    "09:00",
    "10:00",
  ]);
  expect(ticks(from, from + 12 * HOUR, "Asia/Kolkata", 6).length).toBeLessThanOrEqual(7);
});

test.each([
  [0, "0 ms"],
  [999, "999 ms"],
  [1_000, "1 s"],
  [59_600, "1 m"],
  [252_000, "4 m 12 s"],
  [2 * HOUR, "2 h"],
  [26.5 * HOUR, "1 d 2 h"],
])("%d ms lasts %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test.each([
  [200, "1 s"],
  [41_000, "41 s"],
  [240_000, "4 min"],
  [1.5 * HOUR, "1.5 h"],
  [36 * HOUR, "1.5 d"],
])("%d ms is about %s", (ms, text) => {
  expect(about(ms)).toBe(text);
});
