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
  const isChange = Boolean(details.before && details.after);
  const changes = isChange ? changed(before, after) : whole(before, after);
  const rest = Object.entries(details).filter(
    ([name]) => !["before", "after", "name", "schedule_id", "schedule_name"].includes(name),
  );
  return (
    <li className="activity-item">
      <span className="activity-at">
        <Time at={item.at} withSeconds />
      </span>
      <div>
        <strong title={item.actor_id ?? undefined}>{item.actor}</strong> {deed(words, item.action)}{" "}
        <Subject item={item} name={typeof details.name === "string" ? details.name : null} />
        {changes.length > 0 && (
          <Folded isFolded={!isChange}>
            <table className="diff">
              <thead className="unseen">
                <tr>
                  <th scope="col">{words.activity.field}</th>
                  <th scope="col">{words.activity.before}</th>
                  <th scope="col">{words.activity.after}</th>
                </tr>
              </thead>
              <tbody>
                {changes.map((change) => (
                  <tr key={change.name}>
                    <th scope="row">{change.name}</th>
                    <td className="diff-before">{shown(change.before)}</td>
                    <td className="diff-after">{shown(change.after)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Folded>
        )}
        {rest.length > 0 && changes.length === 0 && (
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
  // There is but one of these.
  if (kind === "settings") return null;
  const { schedule_name, title, before, after } = item.details ?? {};
  const told = [name, schedule_name, title, asRecord(after).title, asRecord(before).title];
  const text = told.find((each) => typeof each === "string") ?? item.subject;
  if (kind === "schedule" && item.action !== "schedule_deleted") {
    return (
      <Link to="/schedules/$id" params={{ id: item.subject }} className="link">
        {String(text)}
      </Link>
    );
  }
  if (kind === "run") {
    return (
      <Link to="/runs/$id" params={{ id: item.subject }} className="link">
        {String(text)}
      </Link>
    );
  }
  return <span>{String(text)}</span>;
}

interface Change {
  name: string;
  before: unknown;
  after: unknown;
}

type Fields = Record<string, unknown>;

function whole(before: Fields, after: Fields): Change[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return Array.from(names, (name) => ({ name, before: before[name], after: after[name] }));
}

/** What differs, with the path to it where it is a part of something. */
export function changed(before: Fields, after: Fields): Change[] {
  return whole(before, after).flatMap((change) => {
    if (JSON.stringify(change.before) === JSON.stringify(change.after)) return [];
    if (!isRecord(change.before) || !isRecord(change.after)) return [change];
    return changed(change.before, change.after).map((inner) => ({
      ...inner,
      name: `${change.name}.${inner.name}`,
    }));
  });
}

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}
