import type { ReactNode } from "react";
import { useWords } from "../i18n/words";
import "./states.css";

export type RunState =
  | "queued"
  | "claimed"
  | "running"
  | "succeeded"
  | "failed"
  | "skipped"
  | "cancelled";
export type ScheduleState = "active" | "paused" | "broken";
export type State = RunState | ScheduleState | "forecast";

export const RUN_STATES: readonly RunState[] = [
  "queued",
  "claimed",
  "running",
  "succeeded",
  "failed",
  "skipped",
  "cancelled",
];

/** A run that holds or waits for a slot: it will change by itself. */
export function isUnderWay(state: RunState): boolean {
  return state === "queued" || state === "claimed" || state === "running";
}

export function isAtWork(state: RunState): boolean {
  return state === "claimed" || state === "running";
}

/** A shape for each state, so that no state is told by its colour alone. */
const SHAPES: Record<State, ReactNode> = {
  queued: <path d="M4 2.5h8M4 13.5h8M5 2.5c0 5 6 6 6 11M11 2.5c0 5-6 6-6 11" />,
  claimed: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="M8 8V2.5A5.5 5.5 0 0 1 13.5 8Z" className="solid" />
    </>
  ),
  running: <circle cx="8" cy="8" r="4.5" className="solid" />,
  succeeded: <path d="m3 8.5 3.5 3.5L13 4.5" />,
  failed: <path d="m4 4 8 8M12 4l-8 8" />,
  skipped: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="m4.2 11.8 7.6-7.6" />
    </>
  ),
  cancelled: <rect x="4" y="4" width="8" height="8" className="solid" />,
  active: <path d="M5 3.5v9l7-4.5Z" className="solid" />,
  paused: <path d="M5.5 4v8M10.5 4v8" />,
  broken: <path d="M9 1.5 4 9h4l-1 5.5L12 7H8Z" className="solid" />,
  forecast: <path d="M4.5 4.5h9l-2 7h-9Z" strokeDasharray="2 2" />,
};

export function Glyph({ state }: { state: State }) {
  return (
    <svg className={`glyph of-${state}`} viewBox="0 0 16 16" aria-hidden="true">
      {SHAPES[state]}
    </svg>
  );
}

/** A state by its shape and word. */
export function StateBadge({ state, children }: { state: State; children?: ReactNode }) {
  const words = useWords();
  return (
    <span className={`state state-${state} of-${state}`}>
      <Glyph state={state} />
      <span>
        {words.states[state]}
        {children}
      </span>
    </span>
  );
}
