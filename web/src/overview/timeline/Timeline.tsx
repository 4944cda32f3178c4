import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight, Minus, Plus } from "lucide-react";
import { type KeyboardEvent, lazy, Suspense, useMemo, useRef, useState } from "react";
import { useMay } from "../../api/me";
import { useWords } from "../../i18n/words";
import { StateBadge } from "../../states/states";
import { ticks } from "../../time/ticks";
import { useTimes } from "../../time/times";
import { Empty, Failure, Skeleton } from "../../ui/feedback";
import { useSearchChange } from "../../ui/search";
import { useNow } from "../../ui/time";
import type { Overview } from "../queries";
import { Details } from "./Details";
import { LaneRow, SlotLane } from "./LaneRow";
import { type Bar, barsOf, clustered, lanesOf, load, plannedBars } from "./model";
import { moveFocus } from "./moveFocus";
import { useForecast, useHistory } from "./queries";
import { Scrubber } from "./Scrubber";
import { TimelineTable } from "./TimelineTable";
import { useWidth } from "./useWidth";
import "./timeline.css";

const MoveDialog = lazy(() =>
  import("./MoveDialog").then((module) => ({ default: module.MoveDialog })),
);

const Wide = lazy(() => import("./Wide").then((module) => ({ default: module.Wide })));

const HOUR = 3_600_000;
const SPANS = [1, 3, 6, 12, 24, 48, 168, 720] as const;
/** From so many hours on there are sums, each of so many seconds, in place of runs. */
const BUCKETS: { [hours: number]: number } = { 168: 3_600, 720: 14_400 };
/** What a sum is looked at with, in hours. */
const CLOSER = 12;
const FINENESS = 1_000;
const NARROW = 700;
/** How much of the window is past, as long as it follows the present. */
const PAST = 0.65;
const LEAST_PX = 3;
const SHOWN_LANES = 10;
const TICK_PX = 76;

const route = getRouteApi("/");

/** What ran, what runs and what is to be expected, on one axis. */
export function Timeline({ overview }: { overview: Overview }) {
  const words = useWords();
  const search = route.useSearch();
  const show = useSearchChange();
  const now = useNow();

  const usual = window.innerWidth < NARROW ? 6 : 12;
  const hours = SPANS.find((each) => String(each) === search.hours) ?? usual;
  const span = hours * HOUR;
  const bucketSeconds = BUCKETS[hours];
  const until = search.until ? Date.parse(search.until) : Number.NaN;
  const follows = Number.isNaN(until);
  // The window moves about a pixel at a time, not each second; sums move by what they are sums of.
  const step = bucketSeconds ? bucketSeconds * 1000 : Math.max(1_000, span / FINENESS);
  const ahead = bucketSeconds ? 0 : span * (1 - PAST);
  const to = Math.ceil((follows ? now + ahead : until) / step) * step;
  const from = to - span;

  const pan = (by: number) => show({ until: new Date(to + by * span).toISOString() });
  const zoom = (by: number) => {
    const next = SPANS[Math.max(0, Math.min(SPANS.length - 1, SPANS.indexOf(hours) + by))];
    show({ hours: String(next) });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (!(event.target as Element).closest("[data-bar]")) return;
    if (event.key === "+" || event.key === "=") zoom(-1);
    else if (event.key === "-") zoom(1);
    else if (event.key === "t") show({ until: "", at: "" });
    else return;
    event.preventDefault();
  };

  const isTable = search.table === "yes";
  return (
    <section className="timeline" aria-labelledby="timeline" onKeyDown={onKeyDown}>
      <div className="timeline-bar">
        <h2 id="timeline">{words.timeline.title}</h2>
        <button
          type="button"
          className="icon-button"
          aria-label={words.timeline.earlier}
          onClick={() => pan(-0.5)}
        >
          <ChevronLeft aria-hidden="true" />
        </button>
        <button
          type="button"
          className="button small"
          disabled={follows}
          onClick={() => show({ until: "" })}
        >
          {words.timeline.toNow}
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label={words.timeline.later}
          onClick={() => pan(0.5)}
        >
          <ChevronRight aria-hidden="true" />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label={words.timeline.zoomOut}
          disabled={hours === SPANS.at(-1)}
          onClick={() => zoom(1)}
        >
          <Minus aria-hidden="true" />
        </button>
        <span className="timeline-span">{words.timeline.window(hours)}</span>
        <button
          type="button"
          className="icon-button"
          aria-label={words.timeline.zoomIn}
          disabled={hours === SPANS[0]}
          onClick={() => zoom(-1)}
        >
          <Plus aria-hidden="true" />
        </button>
        <span className="spring" />
        <button
          type="button"
          className="button small quiet"
          onClick={() => show({ table: isTable ? "" : "yes" })}
        >
          {isTable ? words.timeline.asPicture : words.timeline.asTable}
        </button>
      </div>
      {bucketSeconds ? (
        <Suspense fallback={<Skeleton rows={5} />}>
          <Wide
            from={from}
            to={to}
            bucketSeconds={bucketSeconds}
            isTable={isTable}
            onCloser={(until) =>
              show({ hours: String(CLOSER), until: new Date(until).toISOString() })
            }
          />
        </Suspense>
      ) : (
        <Runs overview={overview} from={from} to={to} hours={hours} now={now} isTable={isTable} />
      )}
    </section>
  );
}

interface RunsProps {
  overview: Overview;
  from: number;
  to: number;
  hours: number;
  now: number;
  isTable: boolean;
}

/** Each run of up to two days as a bar, in lanes. */
function Runs({ overview, from, to, hours, now, isTable }: RunsProps) {
  const words = useWords();
  const times = useTimes();
  const search = route.useSearch();
  const show = useSearchChange();
  const navigate = useNavigate();
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const [focused, setFocused] = useState<Bar | null>(null);
  const [showsAll, setShowsAll] = useState(false);
  const [moving, setMoving] = useState<{ id: string; by: number } | null>(null);
  const mayChange = useMay("operator");
  const span = to - from;

  const names = overview.pools.map(({ name }) => name).join(" ");
  const pools = useMemo(() => names.split(" "), [names]);
  const history = useHistory(from, to, now, atWork(overview));
  const ahead = to > now ? Math.min(48, Math.ceil((to - now) / HOUR)) : 0;
  const forecast = useForecast(ahead, pools);

  const bars = useMemo(() => {
    const names = { ...forecast.names, ...history.names };
    const all = [...barsOf(history.rows, names, now), ...plannedBars(forecast.planned, names, now)];
    return all.filter((bar) => bar.end >= from && bar.due <= to);
  }, [history.rows, history.names, forecast, now, from, to]);
  const lanes = useMemo(() => lanesOf(bars), [bars]);
  const shown = showsAll ? lanes : lanes.slice(0, SHOWN_LANES);
  const x = (at: number) => ((at - from) / span) * width;
  const zone = times.zone();
  const at = search.at ? Date.parse(search.at) : Number.NaN;

  const open = (bar: Bar) => {
    if (bar.runId) void navigate({ to: "/runs/$id", params: { id: bar.runId } });
    else void navigate({ to: "/schedules/$id", params: { id: bar.scheduleId } });
  };

  return (
    <>
      {history.error ? <Failure error={history.error} retry={history.refetch} /> : null}
      {!history.isComplete && <p className="hint">{words.timeline.incomplete}</p>}
      {history.isPending && bars.length === 0 ? (
        <Skeleton rows={5} />
      ) : isTable ? (
        <TimelineTable bars={bars} now={now} />
      ) : (
        // biome-ignore lint/a11y/noStaticElementInteractions: keys of the bars inside come up to it
        <div
          className="timeline-body"
          onKeyDown={(event) => moveFocus(event) && event.preventDefault()}
        >
          <div className="timeline-labels-space" aria-hidden="true" />
          <div className="timeline-frame" ref={frame} />
          {width > 0 && (
            <>
              <svg width={0} height={0} className="unseen" aria-hidden="true">
                <pattern
                  id="hatch"
                  width={6}
                  height={6}
                  patternUnits="userSpaceOnUse"
                  patternTransform="rotate(45)"
                >
                  <line y2={6} className="hatch" />
                </pattern>
                <pattern
                  id="stripes"
                  width={10}
                  height={10}
                  patternUnits="userSpaceOnUse"
                  patternTransform="rotate(-45)"
                >
                  <path d="M-5 0V10M5 0V10M15 0V10" className="stripes" />
                </pattern>
              </svg>
              <div className="lane-label timeline-zone">{times.zoneName(now, zone)}</div>
              <svg className="axis" width={width} height={22} aria-hidden="true">
                {ticks(from, to, zone, Math.max(2, Math.floor(width / TICK_PX))).map((tick) => (
                  <g key={tick} transform={`translate(${x(tick)} 0)`}>
                    <line y1={16} y2={22} className="axis-tick" />
                    <text y={12} textAnchor="middle" className="axis-text">
                      {hours > 12 && times.clock(tick) === "00:00"
                        ? times.dayName(tick)
                        : times.clock(tick)}
                    </text>
                  </g>
                ))}
                {now >= from && now <= to && (
                  <circle cx={x(now)} cy={19} r={3.5} className="now-dot" />
                )}
              </svg>
              {overview.pools.map((pool) => {
                const own = bars.filter((bar) => bar.pool === pool.name);
                const end = Math.min(to, forecast.until ?? now);
                const share = Math.round(100 * load(own, from, end, pool.capacity));
                return (
                  <SlotLane
                    key={pool.name}
                    bars={own}
                    others={forecast.others.filter((busy) => busy.pool === pool.name)}
                    x={x}
                    width={width}
                    now={now}
                    at={at}
                    label={
                      <>
                        {overview.pools.length > 1 ? pool.name : words.timeline.slotLane}{" "}
                        <span className="hint">{words.timeline.load(`${share} %`)}</span>
                      </>
                    }
                  />
                );
              })}
              {shown.map((lane, index) => (
                <LaneRow
                  key={lane.id}
                  lane={lane}
                  clusters={clustered(lane.bars, (LEAST_PX / width) * span)}
                  all={bars}
                  x={x}
                  width={width}
                  now={now}
                  at={at}
                  isFirst={index === 0}
                  onFocus={setFocused}
                  onOpen={open}
                  onMove={mayChange ? (bar, by) => setMoving({ id: bar.scheduleId, by }) : null}
                  scale={span / width}
                />
              ))}
              <div className="lane-label">
                <span className="hint">{words.timeline.scrubber}</span>
              </div>
              <Scrubber
                bars={bars}
                from={from}
                to={to}
                now={now}
                at={at}
                onAt={(chosen) => show({ at: chosen })}
              />
            </>
          )}
        </div>
      )}
      {bars.length === 0 && !history.isPending && <Empty title={words.timeline.empty} />}
      {!isTable && lanes.length > SHOWN_LANES && (
        <button type="button" className="link" onClick={() => setShowsAll(!showsAll)}>
          {showsAll ? words.ui.close : words.timeline.moreLanes(lanes.length - SHOWN_LANES)}
        </button>
      )}
      {!isTable && <Details bar={focused} all={bars} />}
      <Legend />
      {moving && (
        <Suspense>
          <MoveDialog scheduleId={moving.id} by={moving.by} onClose={() => setMoving(null)} />
        </Suspense>
      )}
    </>
  );
}

/** What is at work and waits: another one means that a run has ended or begun. */
function atWork(overview: Overview): string {
  const runs = overview.pools.flatMap(({ holders, queue }) => [...holders, ...queue]);
  return runs.map(({ run_id }) => run_id).join(" ");
}

function Legend() {
  const words = useWords();
  return (
    <ul className="legend" aria-label={words.timeline.legend}>
      {(
        ["succeeded", "running", "queued", "failed", "skipped", "cancelled", "forecast"] as const
      ).map((state) => (
        <li key={state}>
          <StateBadge state={state} />
        </li>
      ))}
    </ul>
  );
}
