import { Link } from "@tanstack/react-router";
import { useWords } from "../../i18n/words";
import { StateBadge } from "../../states/states";
import { duration } from "../../time/times";
import { Time } from "../../ui/time";
import { type Bar, behind, waitOf } from "./model";

/** The timeline as a table: the same bars, newest first. */
export function TimelineTable({ bars, now }: { bars: readonly Bar[]; now: number }) {
  const words = useWords();
  const sorted = bars.toSorted((one, other) => other.due - one.due);
  return (
    <div className="table-scroll timeline-table">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{words.runs.due}</th>
            <th scope="col">{words.runs.schedule}</th>
            <th scope="col">{words.runs.status}</th>
            <th scope="col">{words.runs.waited}</th>
            <th scope="col" className="number">
              {words.runs.took}
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((bar) => {
            const wait = waitOf(bar);
            const name = wait > 1_000 ? (behind(bar, bars)?.name ?? null) : null;
            return (
              <tr key={bar.key} className={bar.due > now ? "is-ahead" : ""}>
                <td>
                  <Time at={bar.due} />
                </td>
                <th scope="row">
                  {bar.runId ? (
                    <Link to="/runs/$id" params={{ id: bar.runId }} className="name">
                      {bar.name}
                    </Link>
                  ) : (
                    bar.name
                  )}
                </th>
                <td>
                  <StateBadge state={bar.state}>
                    {bar.reason && ` (${words.reasons[bar.reason]})`}
                    {bar.willSkip && ` (${words.timeline.willSkip})`}
                  </StateBadge>
                </td>
                <td>{wait > 1_000 ? `${duration(wait)}${name ? ` · ${name}` : ""}` : "–"}</td>
                <td className="number">
                  {bar.start === null ? "–" : duration(bar.end - bar.start)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
