import { Link } from "@tanstack/react-router";
import { useWords } from "../../i18n/words";
import { StateBadge } from "../../states/states";
import { duration, useTimes } from "../../time/times";
import { type Bar, behind, waitOf } from "./model";

/** The card of the bar that has the focus or the pointer: its times in all zones, and why it waited. */
export function Details({ bar, all }: { bar: Bar | null; all: readonly Bar[] }) {
  const words = useWords();
  const times = useTimes();
  if (bar === null) return <p className="timeline-details hint">{words.timeline.help}</p>;
  const wait = waitOf(bar);
  const before = wait > 1_000 ? behind(bar, all) : null;
  const isForecast = bar.state === "forecast";
  return (
    <div className="timeline-details">
      <StateBadge state={bar.state}>{bar.reason && ` (${words.reasons[bar.reason]})`}</StateBadge>
      <strong>{bar.name}</strong>
      <span>
        {words.runs.due} {times.everywhere(bar.due).join(" · ")}
      </span>
      {wait > 1_000 && (
        <span>
          {isForecast
            ? words.timeline.willWait(duration(wait), before?.name ?? null)
            : words.timeline.waited(duration(wait), before?.name ?? null)}
          {before?.runId && (
            <>
              {" "}
              <Link to="/runs/$id" params={{ id: before.runId }} className="link">
                {words.runs.run}
              </Link>
            </>
          )}
        </span>
      )}
      {bar.willSkip && <span>{words.timeline.willSkip}</span>}
      {bar.start !== null && (
        <span>
          {words.runs.took} {duration(bar.end - bar.start)}
        </span>
      )}
      {bar.covers > 1 && <span>{words.runs.covers(bar.covers)}</span>}
      {bar.runId && (
        <Link to="/runs/$id" params={{ id: bar.runId }} className="button small">
          {words.runs.log}
        </Link>
      )}
    </div>
  );
}
