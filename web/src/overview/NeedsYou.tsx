import { Link } from "@tanstack/react-router";
import { useWords } from "../i18n/words";
import { Glyph } from "../states/states";
import { Time } from "../ui/time";
import type { Overview } from "./queries";

/** What somebody has to look at: broken schedules, questions, warnings. */
export function NeedsYou({ overview }: { overview: Overview }) {
  const words = useWords();
  const { broken, unread, warnings, pressure } = overview;
  const isQuiet = broken.length + unread + warnings.length + pressure.length === 0;
  return (
    <section className="card" aria-labelledby="needs">
      <h2 id="needs">{words.overview.needsYou}</h2>
      {isQuiet && (
        <p className="slot-free">
          <Glyph state="succeeded" /> {words.overview.nothingNeeded}
        </p>
      )}
      <ul className="needs">
        {broken.map((schedule) => (
          <li key={schedule.schedule_id} className="of-broken">
            <Glyph state="broken" />
            <span>
              <Link to="/schedules/$id" params={{ id: schedule.schedule_id }}>
                {words.overview.brokenSchedule(schedule.schedule_name)}
              </Link>
              {schedule.broken_reason && (
                <span className="why-short">{schedule.broken_reason}</span>
              )}
            </span>
          </li>
        ))}
        {unread > 0 && (
          <li>
            <span className="needs-mark" aria-hidden="true">
              ?
            </span>
            <Link to="/inbox" search={{ unread: "yes" }}>
              {words.overview.unread(`${unread}${overview.unread_is_at_least ? "+" : ""}`)}
            </Link>
          </li>
        )}
        {warnings.map((warning) => (
          <li key={warning.code}>
            <span className="needs-mark" aria-hidden="true">
              !
            </span>
            <Link to="/health">{warning.message}</Link>
          </li>
        ))}
        {pressure.map((signal) => (
          <li key={signal.source}>
            <Glyph state="paused" />
            <span>
              {words.overview.pressureOn(signal.source)} <Time at={signal.until} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
