const KEY = "baton.reloaded_at";
const ONCE_IN_MS = 5 * 60_000;

/**
 * A deployment replaces the scripts of the one before. A tab that asks for one that is gone loads the page
 * anew: once in five minutes, so that a script that is missing for another reason does not make it spin.
 * What people were writing is kept as they write it (see ui/draft.ts).
 */
export function reloadOnceWhenChunksAreGone(): void {
  window.addEventListener("vite:preloadError", (event) => {
    const last = Number(sessionStorage.getItem(KEY) ?? 0);
    if (Date.now() - last < ONCE_IN_MS) return;
    event.preventDefault();
    sessionStorage.setItem(KEY, String(Date.now()));
    location.reload();
  });
}
