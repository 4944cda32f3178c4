import { getRouteApi, Link } from "@tanstack/react-router";
import { CheckCheck } from "lucide-react";
import { useRef, useState } from "react";
import { useMay } from "../api/me";
import { useWords } from "../i18n/words";
import { Empty, explained, Loading } from "../ui/feedback";
import { Choice } from "../ui/field";
import { Page } from "../ui/page";
import { useSearchChange } from "../ui/search";
import { Time } from "../ui/time";
import { tell } from "../ui/toast";
import {
  type Answer,
  type Notification,
  resolve,
  useNotifications,
  useRead,
  useReadAll,
} from "./queries";

const route = getRouteApi("/inbox");
const UNDO_MS = 10_000;

export function InboxPage() {
  const words = useWords();
  const { unread } = route.useSearch();
  const narrow = useSearchChange();
  const mayChange = useMay("operator");
  const query = useNotifications(unread === "yes");
  const read = useRead();
  const readAll = useReadAll();
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page
      title={words.nav.inbox}
      name={words.nav.inbox}
      actions={
        <button
          type="button"
          className="button"
          disabled={items.every((item) => item.read) || readAll.isPending}
          onClick={() => readAll.mutate()}
        >
          <CheckCheck aria-hidden="true" /> {words.inbox.readAll}
        </button>
      }
    >
      <div className="filters">
        <Choice
          label={words.inbox.which}
          value={unread === "yes" ? "unread" : "all"}
          onChange={(which) => narrow({ unread: which === "unread" ? "yes" : "" })}
          options={[
            { value: "all", label: words.inbox.all },
            { value: "unread", label: words.inbox.unread },
          ]}
        />
      </div>
      <Loading query={query} rows={6}>
        {() =>
          items.length === 0 ? (
            <Empty title={words.inbox.none}>
              <p className="hint">{words.inbox.noneText}</p>
            </Empty>
          ) : (
            <ul className="inbox">
              {items.map((item) => (
                <Item
                  key={item.id}
                  item={item}
                  mayChange={mayChange}
                  onRead={() => read.mutate(item.id)}
                />
              ))}
            </ul>
          )
        }
      </Loading>
      {query.hasNextPage && (
        <button type="button" className="button" onClick={() => void query.fetchNextPage()}>
          {words.ui.more}
        </button>
      )}
    </Page>
  );
}

interface ItemProps {
  item: Notification;
  mayChange: boolean;
  onRead: () => void;
}

function Item({ item, mayChange, onRead }: ItemProps) {
  const words = useWords();
  return (
    <li className={item.read ? "inbox-item" : "inbox-item is-unread"}>
      <div className="inbox-text">
        <span className="inbox-kind">
          {words.inbox.kinds[item.kind]} · <Time at={item.at} />
        </span>
        <p>{item.message}</p>
        <span className="inbox-links">
          {item.run_id && (
            <Link to="/runs/$id" params={{ id: item.run_id }} className="link">
              {words.runs.run}
            </Link>
          )}
          {item.schedule_id && (
            <Link to="/schedules/$id" params={{ id: item.schedule_id }} className="link">
              {words.schedules.schedule}
            </Link>
          )}
          {item.audit_id && (
            <Link to="/audits" className="link">
              {words.nav.audits}
            </Link>
          )}
          {item.resolution && (
            <span className="hint">
              {words.inbox.resolved(item.resolution, item.resolved_by ?? "")}
            </span>
          )}
        </span>
      </div>
      <div className="actions">
        {mayChange && item.actions.length > 0 && <Question item={item} />}
        {!item.read && (
          <button type="button" className="button small quiet" onClick={onRead}>
            {words.inbox.read}
          </button>
        )}
      </div>
    </li>
  );
}

/** Keep it active, or take it down; sent after ten seconds in which one may think better of it. */
function Question({ item }: { item: Notification }) {
  const words = useWords();
  const [answer, setAnswer] = useState<Answer | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const choose = (chosen: Answer) => {
    setAnswer(chosen);
    timer.current = setTimeout(async () => {
      try {
        await resolve(item.id, chosen);
      } catch (error) {
        tell({ text: explained(words, error), isError: true });
      }
      setAnswer(null);
    }, UNDO_MS);
  };
  if (answer !== null) {
    return (
      <span className="undo" role="status">
        {answer === "keep" ? words.inbox.keeping : words.inbox.deactivating}
        <button
          type="button"
          className="button small"
          onClick={() => {
            clearTimeout(timer.current);
            setAnswer(null);
          }}
        >
          {words.inbox.undo}
        </button>
      </span>
    );
  }
  return (
    <>
      <button type="button" className="button small primary" onClick={() => choose("keep")}>
        {words.inbox.keep}
      </button>
      <button type="button" className="button small" onClick={() => choose("deactivate")}>
        {words.inbox.deactivate}
      </button>
    </>
  );
}
