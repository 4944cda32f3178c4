import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useWords } from "../i18n/words";
import { useOverview } from "../overview/queries";
import { StateBadge } from "../states/states";
import { useTimes } from "../time/times";

/** How many schedules there are, how much ran, and what goes on now. */
export function StatsBar() {
  const words = useWords();
  const times = useTimes();
  const { data } = useOverview();
  const holders = data?.pools.flatMap((pool) => pool.holders) ?? [];
  const waiting = data?.pools.reduce((sum, pool) => sum + pool.waiting, 0);
  const atLeast = data?.pools.some((pool) => pool.waiting_is_at_least) ? "+" : "";
  return (
    <dl className="stats">
      <Stat name={words.stats.total} value={data && times.number(data.schedules.total)} />
      <Stat name={words.stats.enabled} value={data && times.number(data.schedules.enabled)} />
      <Stat name={words.stats.last24h} value={data && times.number(data.runs_24h.total)} />
      <Stat name={words.stats.active} value={data && times.number(holders.length)} />
      <Stat
        name={words.stats.queued}
        value={waiting === undefined ? undefined : `${times.number(waiting)}${atLeast}`}
      />
      {data && data.schedules.broken > 0 && (
        <Stat
          name={words.states.broken}
          value={
            <Link to="/schedules" search={{ status: "broken" }}>
              <StateBadge state="broken">{` ${data.schedules.broken}`}</StateBadge>
            </Link>
          }
        />
      )}
    </dl>
  );
}

function Stat({ name, value }: { name: string; value: ReactNode }) {
  return (
    <div className="stat">
      <dt>{name}</dt>
      <dd>{value ?? "…"}</dd>
    </div>
  );
}
