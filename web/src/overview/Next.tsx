import { Link } from "@tanstack/react-router";
import { useWords } from "../i18n/words";
import { Relative, Time } from "../ui/time";
import type { Overview } from "./queries";

/** What fires next. */
export function Next({ overview }: { overview: Overview }) {
  const words = useWords();
  return (
    <section className="card" aria-labelledby="next">
      <h2 id="next">{words.overview.next}</h2>
      {overview.next.length === 0 && <p className="hint">{words.overview.nothingNext}</p>}
      <ol className="next">
        {overview.next.slice(0, 7).map((fire) => (
          <li key={`${fire.schedule_id} ${fire.due_at}`}>
            <Time at={fire.due_at} />
            <Link to="/schedules/$id" params={{ id: fire.schedule_id }} className="next-name">
              {fire.schedule_name}
            </Link>
            <Relative at={fire.due_at} />
          </li>
        ))}
      </ol>
    </section>
  );
}
