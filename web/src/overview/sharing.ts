import { queryClient } from "../api/queries";
import { BASE } from "../base";
import { createStore } from "../store";

const KEY = ["overview"];

/** Whether this tab is the one that asks. */
export const leads = createStore(true);

/**
 * Of several tabs in which one person sees the same deployment, one asks for the overview and tells the others.
 * A tab that is hidden leaves it to another. Where a browser cannot tell its tabs apart, each asks for itself.
 */
export function shareWithOtherTabs(actorId: string): () => void {
  if (!navigator.locks || typeof BroadcastChannel === "undefined") return () => undefined;
  const name = `baton ${BASE.href} ${actorId}`;
  const channel = new BroadcastChannel(name);
  let leave = () => {};

  const enter = () => {
    const waiting = new AbortController();
    leads.set(false);
    const lead = () =>
      new Promise<void>((done) => {
        leads.set(true);
        leave = done;
        void queryClient.invalidateQueries({ queryKey: KEY });
      });
    leave = () => waiting.abort();
    navigator.locks.request(name, { signal: waiting.signal }, lead).catch(() => undefined);
  };
  const turn = () => {
    leave();
    if (document.visibilityState === "visible") enter();
  };

  channel.onmessage = ({ data }) => queryClient.setQueryData(KEY, data);
  const unsubscribe = queryClient.getQueryCache().subscribe((event) => {
    const isAnswer =
      event.type === "updated" && event.action.type === "success" && !event.action.manual;
    if (isAnswer && event.query.queryKey[0] === KEY[0]) channel.postMessage(event.query.state.data);
  });
  document.addEventListener("visibilitychange", turn);
  turn();
  return () => {
    document.removeEventListener("visibilitychange", turn);
    unsubscribe();
    leave();
    channel.close();
    leads.set(true);
  };
}
