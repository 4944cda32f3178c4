import { useWords } from "../i18n/words";
import type { Run } from "../runs/queries";
import { duration, useTimes } from "../time/times";

const HEIGHT = 60;
const STEP = 9;
const MOST = 60;

/** How long runs waited and worked, the newest at the right. */
export function RunCharts({ runs }: { runs: readonly Run[] }) {
  const words = useWords();
  const ended = runs
    .filter((run) => run.duration_ms !== null)
    .slice(0, MOST)
    .reverse();
  if (ended.length < 3) return null;
  return (
    <div className="charts">
      <Bars
        runs={ended}
        name={words.runs.waited}
        value={(run) => run.slot_wait_ms ?? 0}
        kind="waits"
      />
      <Bars
        runs={ended}
        name={words.runs.took}
        value={(run) => run.duration_ms ?? 0}
        kind="works"
      />
    </div>
  );
}

interface Props {
  runs: readonly Run[];
  name: string;
  value: (run: Run) => number;
  kind: string;
}

function Bars({ runs, name, value, kind }: Props) {
  const times = useTimes();
  const values = runs.map(value);
  const most = Math.max(...values, 1);
  const sorted = values.toSorted((one, other) => one - other);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return (
    <figure className="chart">
      <figcaption>
        {name}{" "}
        <span className="hint">
          p50 {duration(median)} · max {duration(most)}
        </span>
      </figcaption>
      <svg
        viewBox={`0 0 ${runs.length * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${name}: p50 ${duration(median)}, max ${duration(most)}`}
      >
        {runs.map((run, at) => {
          const height = Math.max(1, (HEIGHT * value(run)) / most);
          return (
            <rect
              key={run.id}
              x={at * STEP}
              y={HEIGHT - height}
              width={STEP - 2}
              height={height}
              className={kind === "works" ? `chart-bar of-${run.status}` : "chart-bar of-queued"}
            >
              <title>{`${times.short(run.fire_at)}: ${duration(value(run))}`}</title>
            </rect>
          );
        })}
      </svg>
    </figure>
  );
}
