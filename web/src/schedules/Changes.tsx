import { ActivityList } from "../activity/ActivityList";
import { useActivity } from "../activity/queries";
import { useWords } from "../i18n/words";
import { Empty, Loading } from "../ui/feedback";

/** Who changed what of a schedule. */
export function Changes({ id }: { id: string }) {
  const words = useWords();
  const query = useActivity({ subject: id });
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Loading query={query}>
      {() => (
        <>
          {items.length === 0 ? (
            <Empty title={words.activity.none} />
          ) : (
            <ActivityList items={items} />
          )}
          {query.hasNextPage && (
            <button type="button" className="button" onClick={() => void query.fetchNextPage()}>
              {words.ui.more}
            </button>
          )}
        </>
      )}
    </Loading>
  );
}
