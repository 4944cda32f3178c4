import { Link } from "@tanstack/react-router";
import { memo, type ReactNode } from "react";
import { useWords } from "../../i18n/words";
import { costOf, type Trial, useTrial } from "../../schedules/editor/outlook";
import { about } from "../../time/times";
import { type Bar, type Busy, type Cluster, isSkip, type Lane, waitOf } from "./model";
import { useSentence } from "./sentence";
import { useDrag } from "./useDrag";

const HEIGHT = 26;
const TOP = 5;
const THICK = 16;
const MINUTE = 60_000;
/** Narrower than this, a dashed outline is but noise. */
const OUTLINED_PX = 7;

type Scale = (at: number) => number;

interface LinesProps {
  x: Scale;
  now: number;
  at: number;
  height: number;
}

/** The present, and the instant that is looked at. */
function Lines({ x, now, at, height }: LinesProps) {
  return (
    <>
      <line x1={x(now)} x2={x(now)} y1={0} y2={height} className="now-line" />
      {!Number.isNaN(at) && <line x1={x(at)} x2={x(at)} y1={0} y2={height} className="at-line" />}
    </>
  );
}

interface SlotProps {
  bars: readonly Bar[];
  /** When other tenants are expected to hold the slots. */
  others: readonly Busy[];
  x: Scale;
  width: number;
  now: number;
  at: number;
  label: ReactNode;
}

/** When the slots were, and will be, in use; forced runs stick out. */
export function SlotLane({ bars, others, x, width, now, at, label }: SlotProps) {
  const words = useWords();
  return (
    <>
      <div className="lane-label is-slot">{label}</div>
      <svg className="lane" width={width} height={HEIGHT} aria-hidden="true">
        <rect width={width} height={HEIGHT} className="lane-ground" />
        {others.map(({ start_at, end_at }) => (
          <rect
            key={start_at}
            x={x(Date.parse(start_at))}
            y={TOP}
            width={Math.max(1, x(Date.parse(end_at)) - x(Date.parse(start_at)))}
            height={THICK}
            className="slot-part is-foreign"
          >
            <title>{words.timeline.others}</title>
          </rect>
        ))}
        {bars.map(
          (bar) =>
            bar.start !== null && (
              <rect
                key={bar.key}
                x={x(bar.start)}
                y={bar.forced ? TOP - 5 : TOP}
                width={Math.max(1.5, x(bar.end) - x(bar.start))}
                height={bar.forced ? THICK + 10 : THICK}
                className={`slot-part of-${bar.state === "forecast" ? "forecast" : bar.isUnderWay ? "running" : "succeeded"} ${bar.state === "forecast" ? "is-forecast" : ""} ${bar.forced ? "is-forced" : ""}`}
              />
            ),
        )}
        <Lines x={x} now={now} at={at} height={HEIGHT} />
      </svg>
    </>
  );
}

interface LaneProps {
  lane: Lane;
  clusters: readonly Cluster[];
  all: readonly Bar[];
  x: Scale;
  width: number;
  now: number;
  at: number;
  isFirst: boolean;
  onFocus: (bar: Bar | null) => void;
  onOpen: (bar: Bar) => void;
  /** Try another minute of the hour, so many later; null for who may not change anything. */
  onMove: ((bar: Bar, by: number) => void) | null;
  /** Milliseconds a pixel stands for. */
  scale: number;
}

export const LaneRow = memo(function LaneRow(props: LaneProps) {
  const { lane, clusters, all, x, width, now, at, isFirst, onFocus, onOpen, onMove, scale } = props;
  const words = useWords();
  const sentence = useSentence();
  const drag = useDrag(scale, onMove);
  const trial = useTrial(lane.id, null, drag.bar !== null).data;
  // One bar of the whole picture is in the order of Tab; arrow keys lead to the others.
  const entry = isFirst ? (clusters.findLast(({ from }) => from <= now) ?? clusters[0]) : null;
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
        aria-label={words.timeline.lane(lane.name, lane.bars.length)}
        data-lane={lane.id}
      >
        <rect width={width} height={HEIGHT} className="lane-ground" />
        {drag.bar && trial && <Minutes bar={drag.bar} trial={trial} x={x} />}
        {clusters.map((cluster) => {
          const [bar] = cluster.bars;
          return (
            // biome-ignore lint/a11y/useSemanticElements: an SVG has no buttons
            <g
              key={cluster.key}
              role="button"
              tabIndex={cluster === entry ? 0 : -1}
              aria-label={sentence(cluster, all)}
              className={`bar of-${bar.state}`}
              data-bar={x(cluster.from)}
              onFocus={() => onFocus(bar)}
              onPointerEnter={() => onFocus(bar)}
              onClick={() => drag.hasMoved() || onOpen(bar)}
              onPointerDown={(event) => isMovable(bar) && drag.begin(event, bar)}
              onKeyDown={(event) => {
                if (event.key === "Enter") onOpen(bar);
                else if (event.key === "m" && isMovable(bar)) onMove?.(bar, 0);
              }}
              transform={drag.bar?.key === bar.key ? `translate(${drag.by} 0)` : undefined}
            >
              {cluster.bars.length > 1 ? (
                <Merged cluster={cluster} x={x} />
              ) : (
                <One bar={bar} x={x} />
              )}
            </g>
          );
        })}
        <Lines x={x} now={now} at={at} height={HEIGHT} />
        {drag.bar && trial && (
          <MinuteLabel bar={drag.bar} minutes={drag.minutes} trial={trial} x={x} width={width} />
        )}
      </svg>
    </>
  );
});

/** The sixty minutes of the hour that a bar is dragged along, each as dark as the wait that it would bring. */
function Minutes({ bar, trial, x }: { bar: Bar; trial: Trial; x: Scale }) {
  const most = Math.max(...trial.minutes.map(costOf), 1);
  const hour = bar.due - trial.minute * MINUTE;
  return (
    <g className="minutes">
      {trial.minutes.map((each) => {
        const cost = costOf(each);
        const at = hour + each.minute * MINUTE;
        return (
          <rect
            key={each.minute}
            x={x(at)}
            width={x(at + MINUTE) - x(at)}
            height={HEIGHT}
            className={cost === 0 ? "minute is-free" : "minute"}
            fillOpacity={cost === 0 ? 0.3 : 0.2 + (0.8 * cost) / most}
          />
        );
      })}
    </g>
  );
}

interface LabelProps {
  bar: Bar;
  minutes: number;
  trial: Trial;
  x: Scale;
  width: number;
}

/** Which minute a bar is dragged to, and how long it would wait there. */
function MinuteLabel({ bar, minutes, trial, x, width }: LabelProps) {
  const words = useWords();
  const minute = (((trial.minute + minutes) % 60) + 60) % 60;
  const there = trial.minutes[minute];
  if (!there) return null;
  const wait =
    there.mean_wait_seconds < 0.5
      ? words.timeline.noWait
      : words.timeline.moveWait(about(there.mean_wait_seconds * 1000));
  const at = x(bar.due + minutes * MINUTE);
  const isLeft = at > width / 2;
  return (
    <text
      x={isLeft ? at - 8 : at + 14}
      y={HEIGHT / 2 + 4}
      textAnchor={isLeft ? "end" : "start"}
      className="minute-label"
    >
      {words.editor.minute(minute)} · {wait}
    </text>
  );
}

/** Whether a bar is one that could be at another minute: a fire time to come. */
function isMovable(bar: Bar): boolean {
  return bar.state === "forecast" && bar.runId === null;
}

/** Several small ones as one, with a mark if one of them failed. */
function Merged({ cluster, x }: { cluster: Cluster; x: Scale }) {
  const from = x(cluster.from);
  const width = Math.max(3, x(cluster.to) - from);
  const failed = cluster.bars.some(({ state }) => state === "failed");
  const isForecast = cluster.bars[0].state === "forecast";
  if (cluster.bars.every(isSkip)) {
    return (
      <>
        <rect x={from - 8} y={0} width={width + 16} height={HEIGHT} className="bar-hit" />
        <rect
          x={from - 4.5}
          y={TOP + THICK / 2 - 4.5}
          width={width + 9}
          height={9}
          rx={4.5}
          className="bar-skipped"
        />
        <line
          x1={from - 1.3}
          y1={TOP + THICK / 2 + 3.2}
          x2={from + width + 1.3}
          y2={TOP + THICK / 2 - 3.2}
          className="bar-skipped"
        />
      </>
    );
  }
  return (
    <>
      <rect x={from - 2} y={0} width={width + 4} height={HEIGHT} className="bar-hit" />
      <rect
        x={from}
        y={TOP}
        width={width}
        height={THICK}
        className={isForecast ? "bar-forecast is-plain" : "bar-merged"}
      />
      {failed && (
        <g className="of-failed">
          <path d={cross(from + width / 2, HEIGHT / 2, 3.5)} className="bar-cross" />
        </g>
      )}
    </>
  );
}

function One({ bar, x }: { bar: Bar; x: Scale }) {
  const due = x(bar.due);
  const end = x(bar.end);
  const start = bar.start === null ? end : x(bar.start);
  const middle = TOP + THICK / 2;
  if (isSkip(bar)) {
    return (
      <>
        <rect x={due - 8} y={0} width={16} height={HEIGHT} className="bar-hit" />
        <circle cx={due} cy={middle} r={4.5} className="bar-skipped" />
        <line
          x1={due - 3.2}
          y1={middle + 3.2}
          x2={due + 3.2}
          y2={middle - 3.2}
          className="bar-skipped"
        />
      </>
    );
  }
  const isForecast = bar.state === "forecast";
  const hasWaited = waitOf(bar) > 0 && start - due > 1;
  const width = Math.max(2.5, end - start);
  return (
    <>
      <rect
        x={due - 1}
        y={0}
        width={Math.max(8, end - due + 2)}
        height={HEIGHT}
        className="bar-hit"
      />
      {hasWaited && isForecast && start - due > 3 && (
        <line x1={due} x2={start} y1={middle} y2={middle} className="wait-forecast" />
      )}
      {hasWaited && !isForecast && (
        <g className="of-queued">
          <rect x={due} y={TOP} width={start - due} height={THICK} className="wait" />
          <rect x={due} y={TOP} width={start - due} height={THICK} fill="url(#hatch)" />
        </g>
      )}
      {bar.start !== null && (
        <>
          <path
            d={bar.state === "failed" ? notched(start, width) : plain(start, width)}
            className={
              isForecast ? forecastClass(width) : bar.isUnderWay ? "bar-running" : "bar-done"
            }
          />
          {bar.isUnderWay && (
            <rect
              x={start}
              y={TOP}
              width={width}
              height={THICK}
              className="bar-stripes"
              fill="url(#stripes)"
            />
          )}
          {bar.state === "failed" && (
            <path d={cross(start + Math.min(width / 2, 8), middle, 3.2)} className="bar-cross-on" />
          )}
        </>
      )}
    </>
  );
}

function forecastClass(width: number): string {
  return width < OUTLINED_PX ? "bar-forecast is-plain" : "bar-forecast";
}

function plain(x: number, width: number): string {
  return `M${x} ${TOP}h${width}v${THICK}h${-width}Z`;
}

/** The end of a failed run is torn. */
function notched(x: number, width: number): string {
  const depth = Math.min(5, width / 2);
  return `M${x} ${TOP}h${width}l${-depth} ${THICK / 2}l${depth} ${THICK / 2}h${-width}Z`;
}

function cross(x: number, y: number, size: number): string {
  return `M${x - size} ${y - size}l${2 * size} ${2 * size}M${x + size} ${y - size}l${-2 * size} ${2 * size}`;
}
