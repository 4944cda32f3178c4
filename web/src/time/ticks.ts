import { offsetMs } from "./zones";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const STEPS = [
  5 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  24 * HOUR,
];

/** Round instants of a zone's clock between two instants, no more than `most` of them. */
export function ticks(from: number, to: number, zone: string, most: number): number[] {
  const step = STEPS.find((each) => (to - from) / each <= most) ?? 24 * HOUR;
  const found: number[] = [];
  // A tick is round on the wall; where the clock changes, the offset does, too.
  for (let local = Math.ceil((from + offsetMs(from, zone)) / step) * step; ; local += step) {
    const guess = local - offsetMs(local - offsetMs(from, zone), zone);
    if (guess > to) return found;
    // An hour that the clock leaves out has no tick.
    if (guess >= from && guess + offsetMs(guess, zone) === local) found.push(guess);
  }
}
