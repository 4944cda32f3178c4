import { Link } from "@tanstack/react-router";
import { useWords } from "../i18n/words";
import { StateBadge } from "../states/states";
import { duration, useTimes } from "../time/times";
import { Loading } from "../ui/feedback";
import { Page } from "../ui/page";
import { NeedsYou } from "./NeedsYou";
import { Next } from "./Next";
import { Now } from "./Now";
import { type Overview, useOverview } from "./queries";
import { Timeline } from "./timeline/Timeline";
import "./overview.css";

export function OverviewPage() {
  const words = useWords();
  const query = useOverview();
  return (
    <Page title={words.nav.overview} name={words.nav.overview}>
      <Loading query={query} rows={6}>
        {(overview) => (
          <>
            <div className="overview-cards">
              <Now overview={overview} />
              <Next overview={overview} />
              <NeedsYou overview={overview} />
            </div>
            <LastDay overview={overview} />
            <Timeline overview={overview} />
          </>
        )}
      </Loading>
    </Page>
  );
}

/** The last 24 hours in one line. */
function LastDay({ overview }: { overview: Overview }) {
  const words = useWords();
  const times = useTimes();
  const { by_status: by } = overview.runs_24h;
  const ms = (value: number | null) => (value === null ? "–" : duration(value));
  return (
    <div className="last-day">
      <strong>{words.overview.lastDay}</strong>
      {(["succeeded", "failed", "skipped", "cancelled"] as const).map((state) => (
        <Link key={state} to="/runs" search={{ status: state }} className="plain">
          <span className="last-day-number">{times.number(by[state] ?? 0)}</span>{" "}
          <StateBadge state={state} />
        </Link>
      ))}
      <span>
        {words.overview.waitP95} <strong>{ms(overview.slot_wait_ms.p95)}</strong>
      </span>
      <span>
        {words.overview.durationP95} <strong>{ms(overview.duration_ms.p95)}</strong>
      </span>
    </div>
  );
}
