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
  return jittered(isAttended(now) ? (isBusy ? BUSY_MS : IDLE_MS) : UNATTENDED_MS);
}

function isAttended(now: number): boolean {
  return now - touchedAt < UNATTENDED_AFTER_MS;
}

/** The same for what has a pace of its own while somebody looks. */
export function every(seconds: number, now = Date.now()): number | false {
  if (paused.get()) return false;
  const ms = seconds * 1000;
  return jittered(isAttended(now) ? ms : Math.max(ms, UNATTENDED_MS));
}

/** So that many open pages do not ask at the same instant. */
function jittered(ms: number): number {
  return Math.round(ms * (1 - JITTER + 2 * JITTER * Math.random()));
}
