import { ArrowDown, Copy, Download, WrapText } from "lucide-react";
import { memo, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useWords } from "../i18n/words";
import { isUnderWay } from "../states/states";
import { useTimes } from "../time/times";
import { copyText } from "../ui/copy";
import { download } from "../ui/download";
import { Choice } from "../ui/field";
import { tell } from "../ui/toast";
import { plain, spans } from "./ansi";
import type { LogLine, Run } from "./queries";

type Level = "all" | "info" | "warn" | "error";
type Stamp = "clock" | "since" | "none";

/** Lines are drawn in pieces that the browser skips while they are out of sight. All of them are in the
 * page, so that its search, select-all and the Page keys work. */
const PIECE = 100;
const LINE_PX = 19;
const AT_END_PX = 24;
const RANKS: Record<string, number> = { debug: 0, info: 1, warn: 2, warning: 2, error: 3 };
const LEAST: Record<Level, number> = { all: 0, info: 1, warn: 2, error: 3 };

interface Props {
  run: Run;
  lines: readonly LogLine[];
}

export function LogView({ run, lines }: Props) {
  const words = useWords();
  const [level, setLevel] = useState<Level>("all");
  const [search, setSearch] = useState("");
  const [wrap, setWrap] = useState(true);
  const [stamp, setStamp] = useState<Stamp>("clock");

  return (
    <section className="log" aria-label={words.runs.log}>
      <div className="log-bar">
        <Choice<Level>
          label={words.log.level}
          value={level}
          onChange={setLevel}
          options={[
            { value: "all", label: words.log.all },
            { value: "info", label: "info" },
            { value: "warn", label: "warn" },
            { value: "error", label: "error" },
          ]}
        />
        <input
          type="search"
          aria-label={words.log.search}
          placeholder={words.log.search}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <select
          aria-label={words.log.times}
          value={stamp}
          onChange={(event) => setStamp(event.target.value as Stamp)}
        >
          <option value="clock">{words.log.clock}</option>
          <option value="since">{words.log.sinceStart}</option>
          <option value="none">{words.log.noTimes}</option>
        </select>
        <button
          type="button"
          className="icon-button"
          aria-pressed={wrap}
          aria-label={words.log.wrap}
          title={words.log.wrap}
          onClick={() => setWrap(!wrap)}
        >
          <WrapText aria-hidden="true" />
        </button>
        <Exports lines={lines} run={run} />
      </div>
      <Lines
        lines={lines}
        least={LEAST[level]}
        search={search}
        wrap={wrap}
        stamp={stamp}
        startedAt={run.started_at}
        isLive={isUnderWay(run.status)}
      />
    </section>
  );
}

function Exports({ lines, run }: { lines: readonly LogLine[]; run: Run }) {
  const words = useWords();
  return (
    <>
      <button
        type="button"
        className="icon-button"
        aria-label={words.log.copy}
        title={words.log.copy}
        onClick={async () => {
          const done = await copyText(asText(lines));
          tell({ text: done ? words.ui.copied : words.ui.notCopied, isError: !done });
        }}
      >
        <Copy aria-hidden="true" />
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label={words.log.download}
        title={words.log.download}
        onClick={() =>
          download(
            `${run.id}.ndjson`,
            "application/x-ndjson",
            lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
          )
        }
      >
        <Download aria-hidden="true" />
      </button>
    </>
  );
}

function asText(lines: readonly LogLine[]): string {
  return lines
    .map((line) => {
      const data = line.data ? ` ${JSON.stringify(line.data)}` : "";
      return `${line.at} ${line.level} ${plain(line.message)}${data}\n`;
    })
    .join("");
}

interface LinesProps {
  lines: readonly LogLine[];
  least: number;
  search: string;
  wrap: boolean;
  stamp: Stamp;
  startedAt: string | null;
  isLive: boolean;
}

function Lines({ lines, least, search, wrap, stamp, startedAt, isLive }: LinesProps) {
  const words = useWords();
  const box = useRef<HTMLDivElement>(null);
  const [follows, setFollows] = useState(true);
  const [seen, setSeen] = useState(lines.length);
  const shown = useMemo(() => {
    const wanted = search.trim().toLowerCase();
    return lines.filter(
      (line) =>
        (RANKS[line.level] ?? 1) >= least &&
        (!wanted ||
          plain(line.message).toLowerCase().includes(wanted) ||
          (line.data && JSON.stringify(line.data).toLowerCase().includes(wanted))),
    );
  }, [lines, least, search]);

  // Only who is at the end is taken along, before it is drawn; who reads stays where they are.
  useLayoutEffect(() => {
    if (!follows || !box.current) return;
    if (isLive) box.current.scrollTop = box.current.scrollHeight;
    setSeen(lines.length);
  }, [follows, lines.length, isLive]);

  const pieces = [];
  for (let at = 0; at < shown.length; at += PIECE) pieces.push(shown.slice(at, at + PIECE));
  const unseen = lines.length - seen;

  return (
    <div className="log-frame">
      <div
        ref={box}
        className={wrap ? "log-lines wraps" : "log-lines"}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys must reach it
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={words.runs.log}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) =>
          setFollows(scrollHeight - scrollTop - clientHeight < AT_END_PX)
        }
      >
        {pieces.map((piece) => (
          <Piece
            key={piece[0]?.sequence}
            lines={piece}
            stamp={stamp}
            startedAt={startedAt}
            search={search.trim()}
          />
        ))}
        {shown.length === 0 && (
          <p className="hint log-none">
            {lines.length === 0
              ? isLive
                ? words.log.nothingYet
                : words.log.nothing
              : words.log.noMatch(lines.length)}
          </p>
        )}
      </div>
      <div className="log-foot">
        <span>{words.log.count(shown.length, lines.length)}</span>
        {isLive &&
          (follows ? (
            <span className="log-following">{words.log.following}</span>
          ) : (
            <button
              type="button"
              className="button small"
              onClick={() => {
                if (box.current) box.current.scrollTop = box.current.scrollHeight;
                setFollows(true);
              }}
            >
              <ArrowDown aria-hidden="true" />
              {unseen > 0 ? words.log.newLines(unseen) : words.log.toEnd}
            </button>
          ))}
      </div>
    </div>
  );
}

interface PieceProps {
  lines: readonly LogLine[];
  stamp: Stamp;
  startedAt: string | null;
  search: string;
}

const Piece = memo(
  function Piece({ lines, stamp, startedAt, search }: PieceProps) {
    return (
      <div
        className="log-piece"
        style={{ containIntrinsicSize: `auto ${lines.length * LINE_PX}px` }}
      >
        {lines.map((line) => (
          <Line
            key={line.sequence}
            line={line}
            stamp={stamp}
            startedAt={startedAt}
            search={search}
          />
        ))}
      </div>
    );
  },
  (before, now) =>
    before.stamp === now.stamp &&
    before.startedAt === now.startedAt &&
    before.search === now.search &&
    before.lines.length === now.lines.length &&
    before.lines[0] === now.lines[0] &&
    before.lines.at(-1) === now.lines.at(-1),
);

interface LineProps {
  line: LogLine;
  stamp: Stamp;
  startedAt: string | null;
  search: string;
}

function Line({ line, stamp, startedAt, search }: LineProps) {
  const times = useTimes();
  const at = Date.parse(line.at);
  const time =
    stamp === "none"
      ? ""
      : stamp === "since" && startedAt
        ? `+${((at - Date.parse(startedAt)) / 1000).toFixed(1)} s`
        : times.seconds(at);
  return (
    <div className={`log-line is-${line.level}`} id={`L${line.sequence}`}>
      <span className="log-number" aria-hidden="true">
        {line.sequence}
      </span>
      {time && <span className="log-time">{time} </span>}
      <span className="log-level">{line.level} </span>
      <span className="log-text">
        {spans(line.message).map((span, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the spans of a line never move
          <span key={at} className={span.className}>
            <Marked text={span.text} wanted={search} />
          </span>
        ))}
        {line.data && (
          <span className="log-data">
            {" "}
            <Marked text={JSON.stringify(line.data)} wanted={search} />
          </span>
        )}
      </span>
    </div>
  );
}

/** Text with what is searched for marked in it. */
function Marked({ text, wanted }: { text: string; wanted: string }) {
  if (!wanted) return text;
  const at = text.toLowerCase().indexOf(wanted.toLowerCase());
  if (at < 0) return text;
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + wanted.length)}</mark>
      {text.slice(at + wanted.length)}
    </>
  );
}
