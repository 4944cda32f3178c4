import { Link } from "@tanstack/react-router";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { useWords, type Words } from "../../i18n/words";
import { Glyph } from "../../states/states";
import { ticks } from "../../time/ticks";
import { duration, type Times, useTimes } from "../../time/times";
import { Empty, Failure, Skeleton } from "../../ui/feedback";
import { Time } from "../../ui/time";
import { type Sum, sumLanes } from "./model";
import { moveFocus } from "./moveFocus";
import { useSums } from "./queries";
import { useWidth } from "./useWidth";

const HEIGHT = 26;
const SHOWN_LANES = 10;
const TICK_PX = 76;

interface Props {
  from: number;
  to: number;
  bucketSeconds: number;
  isTable: boolean;
  /** Look at a part of it closely. */
  onCloser: (until: number) => void;
}

/** Weeks on one axis: not each run, but how many there were in each part of it, and how they ended. */
export function Wide({ from, to, bucketSeconds, isTable, onCloser }: Props) {
  const words = useWords();
  const times = useTimes();
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const [focused, setFocused] = useState<Sum | null>(null);
  const [showsAll, setShowsAll] = useState(false);
  const query = useSums(from, to, bucketSeconds);
  const lanes = useMemo(() => (query.data ? sumLanes(query.data) : []), [query.data]);
  const step = bucketSeconds * 1000;
  const most = Math.max(1, ...lanes.flatMap(({ sums }) => sums.map(({ runs }) => runs)));
  const x = (at: number) => ((at - from) / (to - from)) * width;
  const zone = times.zone();
  if (query.error) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (query.isPending) return <Skeleton rows={5} />;
  if (lanes.length === 0) return <Empty title={words.timeline.empty} />;
  return (
    <>
      {query.data?.is_complete === false && (
        <p className="hint">
          {words.timeline.completeFrom} <Time at={query.data.complete_from} />
        </p>
      )}
      {isTable ? (
        <SumTable lanes={lanes} />
      ) : (
        // biome-ignore lint/a11y/noStaticElementInteractions: keys of the columns inside come up to it
        <div className="timeline-body" onKeyDown={goOn}>
          <div className="timeline-labels-space" aria-hidden="true" />
          <div className="timeline-frame" ref={frame} />
          {width > 0 && (
            <>
              <div className="lane-label timeline-zone">{times.zoneName(to, zone)}</div>
              <svg className="axis" width={width} height={22} aria-hidden="true">
                {ticks(from, to, zone, Math.max(2, Math.floor(width / TICK_PX))).map((tick) => (
                  <g key={tick} transform={`translate(${x(tick)} 0)`}>
                    <line y1={16} y2={22} className="axis-tick" />
                    <text y={12} textAnchor="middle" className="axis-text">
                      {times.clock(tick) === "00:00" ? times.dayName(tick) : times.clock(tick)}
                    </text>
                  </g>
                ))}
              </svg>
              {(showsAll ? lanes : lanes.slice(0, SHOWN_LANES)).map((lane, index) => (
                <SumLane
                  key={lane.id}
                  lane={lane}
                  most={most}
                  x={x}
                  step={step}
                  width={width}
                  isFirst={index === 0}
                  onFocus={setFocused}
                  onCloser={(sum) => onCloser(Math.min(sum.from + step, Date.now()))}
                />
              ))}
            </>
          )}
        </div>
      )}
      {lanes.length > SHOWN_LANES && !isTable && (
        <button type="button" className="link" onClick={() => setShowsAll(!showsAll)}>
          {showsAll ? words.ui.close : words.timeline.moreLanes(lanes.length - SHOWN_LANES)}
        </button>
      )}
      {!isTable && (
        <p className={focused ? "timeline-details" : "timeline-details hint"}>
          {focused ? sentenceOf(words, times, focused) : words.timeline.wideHelp}
        </p>
      )}
    </>
  );
}

type Lane = ReturnType<typeof sumLanes>[number];

interface LaneProps {
  lane: Lane;
  most: number;
  x: (at: number) => number;
  step: number;
  width: number;
  isFirst: boolean;
  onFocus: (sum: Sum) => void;
  onCloser: (sum: Sum) => void;
}

/** A column for each part of the time: as high as there were runs, red as far as they failed. */
function SumLane({ lane, most, x, step, width, isFirst, onFocus, onCloser }: LaneProps) {
  const words = useWords();
  const times = useTimes();
  return (
    <>
      <div className="lane-label">
        <Link to="/schedules/$id" params={{ id: lane.id }} title={lane.name}>
          {lane.name}
        </Link>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: an SVG has no fieldset */}
      <svg
        className="lane"
        width={width}
        height={HEIGHT}
        role="group"
        aria-label={words.timeline.lane(lane.name, lane.runs)}
        data-lane={lane.id}
      >
        <rect width={width} height={HEIGHT} className="lane-ground" />
        {lane.sums.map((sum, index) => {
          const left = x(sum.from);
          const wide = Math.max(2, x(sum.from + step) - left - 1);
          const high = 3 + (HEIGHT - 5) * Math.sqrt(sum.runs / most);
          const red = (high * sum.failed) / sum.runs;
          const grey = (high * sum.others) / sum.runs;
          return (
            // biome-ignore lint/a11y/useSemanticElements: an SVG has no buttons
            <g
              key={sum.from}
              role="button"
              className="bar"
              tabIndex={isFirst && index === lane.sums.length - 1 ? 0 : -1}
              aria-label={sentenceOf(words, times, sum)}
              data-bar={left}
              onFocus={() => onFocus(sum)}
              onPointerEnter={() => onFocus(sum)}
              onClick={() => onCloser(sum)}
              onKeyDown={(event) => event.key === "Enter" && onCloser(sum)}
            >
              <rect x={left} y={0} width={wide + 1} height={HEIGHT} className="bar-hit" />
              <rect
                x={left}
                y={HEIGHT - high}
                width={wide}
                height={high}
                className="bar-done of-succeeded"
              />
              <rect
                x={left}
                y={HEIGHT - high}
                width={wide}
                height={grey}
                className="bar-done of-skipped"
              />
              <rect
                x={left}
                y={HEIGHT - high + grey}
                width={wide}
                height={red}
                className="bar-done of-failed"
              />
              {sum.failed > 0 && (
                <circle cx={left + wide / 2} cy={2.5} r={2.5} className="bar-done of-failed" />
              )}
            </g>
          );
        })}
      </svg>
    </>
  );
}

function sentenceOf(words: Words, times: Times, sum: Sum): string {
  const parts = [`${times.short(sum.from)}: ${words.timeline.merged(sum.runs, sum.failed)}`];
  if (sum.others) parts.push(words.timeline.leftOut(sum.others));
  parts.push(`${words.runs.took} ${duration(sum.workedMs)}`);
  if (sum.waitedMs >= 1_000) parts.push(`${words.runs.waited} ${duration(sum.waitedMs)}`);
  return parts.join(", ");
}

/** The same sums, newest first. */
function SumTable({ lanes }: { lanes: readonly Lane[] }) {
  const words = useWords();
  const rows = lanes
    .flatMap(({ id, name, sums }) => sums.map((sum) => ({ ...sum, id, name })))
    .sort((one, other) => other.from - one.from || one.name.localeCompare(other.name));
  return (
    <div className="table-scroll timeline-table">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{words.timeline.since}</th>
            <th scope="col">{words.runs.schedule}</th>
            <th scope="col" className="number">
              {words.nav.runs}
            </th>
            <th scope="col" className="number">
              <Glyph state="failed" /> {words.states.failed}
            </th>
            <th scope="col" className="number">
              {words.runs.waited}
            </th>
            <th scope="col" className="number">
              {words.runs.took}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.from} ${row.id}`}>
              <td>
                <Time at={row.from} />
              </td>
              <th scope="row">{row.name}</th>
              <td className="number">{row.runs}</td>
              <td className="number">{row.failed}</td>
              <td className="number">{row.waitedMs ? duration(row.waitedMs) : "–"}</td>
              <td className="number">{duration(row.workedMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Go from column to column by arrow keys. */
function goOn(event: KeyboardEvent<HTMLDivElement>) {
  if (moveFocus(event)) event.preventDefault();
}
