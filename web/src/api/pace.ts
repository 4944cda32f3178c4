import { createStore, useStore } from "../store";

/**
 * How often the page asks: often while something happens and somebody looks, seldom while nobody
 * touches it, and not at all while the tab is hidden or updates are paused.
 */
const UNATTENDED_AFTER_MS = 5 * 60_000;
const BUSY_MS = 4_000;
const IDLE_MS = 15_000;
const UNATTENDED_MS = 60_000;
const JITTER = 0.1;

export const paused = createStore(false);
export const usePaused = (): boolean => useStore(paused);

let touchedAt = Date.now();

export function watchAttention(): void {
  const touch = () => {
    touchedAt = Date.now();
  };
  for (const event of ["pointerdown", "pointermove", "keydown", "wheel", "focus"]) {
    window.addEventListener(event, touch, { passive: true });
  }
}

/** The milliseconds until the overview is asked for again; false for never. */
export function pace(isBusy: boolean, now = Date.now()): number | false {
  if (paused.get()) return false;
  const attended = now - touchedAt < UNATTENDED_AFTER_MS;
  const every = attended ? (isBusy ? BUSY_MS : IDLE_MS) : UNATTENDED_MS;
  return jittered(every);
}

/** The same for what changes less: never sooner than that many seconds. */
export function atMostEvery(seconds: number): number | false {
  const usual = pace(false);
  return usual === false ? false : Math.max(jittered(seconds * 1000), usual);
}

/** So that many open pages do not ask at the same instant. */
function jittered(ms: number): number {
  return Math.round(ms * (1 - JITTER + 2 * JITTER * Math.random()));
}
