import { getRouteApi } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useWords } from "../i18n/words";
import { csv, download } from "../ui/download";
import { Empty, Loading } from "../ui/feedback";
import { Page } from "../ui/page";
import { useSearchChange } from "../ui/search";
import { ActivityList } from "./ActivityList";
import { type Activity, useActivity } from "./queries";

const route = getRouteApi("/activity");

export function ActivityPage() {
  const words = useWords();
  const search = route.useSearch();
  const narrow = useSearchChange();
  const query = useActivity(search);
  const all = query.data?.pages.flatMap((page) => page.items) ?? [];
  const items = all.filter(fits(search));
  const actors = [...new Set(all.map(({ actor }) => actor))].sort();
  return (
    <Page
      title={words.nav.activity}
      name={words.nav.activity}
      actions={
        <button
          type="button"
          className="button"
          disabled={items.length === 0}
          onClick={() =>
            download(
              "activity.csv",
              "text/csv",
              csv([
                ["at", "actor", "actor_id", "action", "subject", "details"],
                ...items.map((each) => [
                  each.at,
                  each.actor,
                  each.actor_id,
                  each.action,
                  each.subject,
                  JSON.stringify(each.details),
                ]),
              ]),
            )
          }
        >
          <Download aria-hidden="true" /> CSV
        </button>
      }
    >
      <search className="filters">
        <select
          aria-label={words.activity.actor}
          value={search.actor ?? ""}
          onChange={({ target }) => narrow({ actor: target.value })}
        >
          <option value="">{words.activity.anyone}</option>
          {[...new Set([...actors, ...(search.actor ? [search.actor] : [])])].map((actor) => (
            <option key={actor}>{actor}</option>
          ))}
        </select>
        <select
          aria-label={words.activity.action}
          value={search.action ?? ""}
          onChange={({ target }) => narrow({ action: target.value })}
        >
          <option value="">{words.activity.anything}</option>
          {Object.entries(words.activity.actions).map(([action, word]) => (
            <option key={action} value={action}>
              {word}
            </option>
          ))}
        </select>
      </search>
      <Loading query={query} rows={8}>
        {() =>
          items.length === 0 ? (
            <Empty title={all.length ? words.ui.nothingMatches : words.activity.none}>
              {query.hasNextPage && <p className="hint">{words.runs.maybeLater}</p>}
            </Empty>
          ) : (
            <ActivityList items={items} />
          )
        }
      </Loading>
      {query.hasNextPage && (
        <button
          type="button"
          className="button"
          disabled={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {words.ui.more}
        </button>
      )}
    </Page>
  );
}

function fits({ actor, action }: { actor?: string; action?: string }) {
  return (item: Activity) =>
    (!actor || item.actor === actor) && (!action || item.action === action);
}
