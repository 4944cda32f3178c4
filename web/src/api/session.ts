import { createKeptStore, useStore } from "../store";

/** Who is signed in, in this tab alone: a token is never put where another tab or site could read it. */
export interface Session {
  token: string | null;
  /** Whether the last token stopped being good while it was used. */
  expired: boolean;
  /** Why the issuer of a company let nobody in. */
  refused?: string;
}

const session = createKeptStore<Session>(
  "baton.session",
  { token: null, expired: false },
  sessionStorage,
);

export const useSession = (): Session => useStore(session);
export const currentToken = (): string | null => session.get().token;
export const onSessionChange = (listener: () => void): (() => void) => session.subscribe(listener);

export function signIn(token: string): void {
  session.set({ token, expired: false });
}

export function refuse(why: string): void {
  session.set({ token: null, expired: false, refused: why });
}

export function signOut(expired = false): void {
  session.set({ token: null, expired });
}

/** Sign in by the link that `make run` prints: `…/ui#token=…`. The token is gone from the address at once. */
export function takeTokenFromAddress(): void {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return;
  history.replaceState(history.state, "", location.pathname + location.search);
  if (token) signIn(token);
}
