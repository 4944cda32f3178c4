import { Link } from "@tanstack/react-router";
import { useWords } from "../i18n/words";
import { Loading } from "../ui/feedback";
import { Time } from "../ui/time";
import { useExplanation } from "./queries";

/** Why a schedule will run when it will, or why it does not; and what became of its last fire times. */
export function Why({ id, zone }: { id: string; zone?: string | null }) {
  const words = useWords();
  const query = useExplanation(id);
  return (
    <Loading query={query} rows={3}>
      {(explanation) => (
        <div className="why">
          <section>
            <h3>{explanation.will_run ? words.schedules.whyRuns : words.schedules.whyNot}</h3>
            <ol className="reasons">
              {explanation.reasons.map((reason) => (
                <li key={`${reason.code} ${reason.at ?? ""} ${reason.run_id ?? ""}`}>
                  {reason.message}{" "}
                  {reason.run_id && (
                    <Link to="/runs/$id" params={{ id: reason.run_id }} className="link">
                      {words.runs.run}
                    </Link>
                  )}
                </li>
              ))}
            </ol>
          </section>
          <section>
            <h3>{words.schedules.lastFireTimes}</h3>
            {explanation.history.length === 0 && <p className="hint">{words.runs.none}</p>}
            <ol className="reasons">
              {explanation.history.map((outcome) => (
                <li key={outcome.fire_at}>
                  <Time at={outcome.fire_at} zone={zone} />{" "}
                  <Link to="/runs/$id" params={{ id: outcome.run_id }} className="link">
                    {outcome.message}
                  </Link>
                </li>
              ))}
            </ol>
          </section>
        </div>
      )}
    </Loading>
  );
}
