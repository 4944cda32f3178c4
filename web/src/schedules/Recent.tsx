import { useWords } from "../i18n/words";
import type { RunState } from "../states/states";
import { duration } from "../time/times";
import type { Schedule } from "./queries";

type End = readonly [RunState, number | null];

/** The last twenty ends of a schedule: a bar each, as high as it took long. */
export function Recent({ schedule }: { schedule: Schedule }) {
  const words = useWords();
  const ends = schedule.recent as unknown as readonly End[];
  if (ends.length === 0) return <span className="hint">–</span>;
  const longest = Math.max(...ends.map(([, ms]) => ms ?? 0), 1);
  const failed = ends.filter(([state]) => state === "failed").length;
  return (
    <svg
      className="recent"
      viewBox={`0 0 ${ends.length * 5} 20`}
      width={ends.length * 5}
      height="20"
      role="img"
      aria-label={words.schedules.recentText(ends.length, failed)}
    >
      {ends.map(([state, ms], at) => {
        const height = ms === null ? 4 : 4 + (15 * ms) / longest;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: their place is all that tells them apart
          <g key={at} className={`of-${state}`}>
            <title>{`${words.states[state]}${ms === null ? "" : `, ${duration(ms)}`}`}</title>
            <rect x={at * 5} y={20 - height} width="4" height={height} className="recent-bar" />
            {state === "failed" && (
              <path d={`M${at * 5} ${20 - height}l4 4`} className="recent-notch" />
            )}
          </g>
        );
      })}
    </svg>
  );
}
