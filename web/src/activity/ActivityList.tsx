import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useWords, type Words } from "../i18n/words";
import { useTimes } from "../time/times";
import { Time } from "../ui/time";
import type { Activity } from "./queries";

/** Who did what, newest first, a heading for each day. */
export function ActivityList({ items }: { items: readonly Activity[] }) {
  const times = useTimes();
  const days = Map.groupBy(items, ({ at }) => times.dayName(at));
  return (
    <div className="activity">
      {Array.from(days, ([day, ofDay]) => (
        <section key={day}>
          <h2 className="day">{day}</h2>
          <ul>
            {ofDay.map((item) => (
              <One key={item.id} item={item} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function One({ item }: { item: Activity }) {
  const words = useWords();
  const details = item.details ?? {};
  const before = asRecord(details.before);
  const after = asRecord(details.after);
  const rest = Object.entries(details).filter(
    ([name]) => !["before", "after", "name"].includes(name),
  );
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return (
    <li className="activity-item">
      <span className="activity-at">
        <Time at={item.at} withSeconds />
      </span>
      <div>
        <strong title={item.actor_id ?? undefined}>{item.actor}</strong> {deed(words, item.action)}{" "}
        <Subject item={item} name={typeof details.name === "string" ? details.name : null} />
        {names.length > 0 && (
          <Folded isFolded={details.before === null || details.after === null}>
            <table className="diff">
              <thead className="unseen">
                <tr>
                  <th scope="col">{words.activity.field}</th>
                  <th scope="col">{words.activity.before}</th>
                  <th scope="col">{words.activity.after}</th>
                </tr>
              </thead>
              <tbody>
                {names.map((name) => (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td className="diff-before">{shown(before[name])}</td>
                    <td className="diff-after">{shown(after[name])}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Folded>
        )}
        {rest.length > 0 && names.length === 0 && (
          <span className="why-short">
            {rest.map(([name, value]) => `${name}: ${shown(value)}`).join(" · ")}
          </span>
        )}
      </div>
    </li>
  );
}

/** The whole of what was made or deleted is there for who wants it; what was changed is shown. */
function Folded({ isFolded, children }: { isFolded: boolean; children: ReactNode }) {
  const words = useWords();
  if (!isFolded) return children;
  return (
    <details>
      <summary>{words.activity.details}</summary>
      {children}
    </details>
  );
}

function deed(words: Words, action: string): string {
  return words.activity.actions[action as keyof Words["activity"]["actions"]] ?? action;
}

function Subject({ item, name }: { item: Activity; name: string | null }) {
  const [kind] = item.action.split("_");
  const scheduleName = item.details?.schedule_name;
  const text = name ?? (typeof scheduleName === "string" ? scheduleName : item.subject);
  if (kind === "schedule" && item.action !== "schedule_deleted") {
    return (
      <Link to="/schedules/$id" params={{ id: item.subject }} className="link">
        {text}
      </Link>
    );
  }
  if (kind === "run") {
    return (
      <Link to="/runs/$id" params={{ id: item.subject }} className="link">
        {text}
      </Link>
    );
  }
  return <span>{text}</span>;
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}
