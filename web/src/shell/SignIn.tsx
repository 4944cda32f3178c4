import { type FormEvent, useMemo, useState } from "react";
import { Problem } from "../api/problem";
import { refuse, signIn, useSession } from "../api/session";
import { BASE } from "../base";
import { useWords } from "../i18n/words";
import { explained } from "../ui/feedback";
import { Field } from "../ui/field";
import { issuer, leaveForIssuer } from "./singleSignOn";

const UNAUTHORIZED = 401;

/** The door: a token, pasted. The address stays, so one gets to the page one was at. */
export function SignIn() {
  const words = useWords();
  const { expired, refused } = useSession();
  const [token, setToken] = useState("");
  const [error, setError] = useState("");
  const [isPending, setPending] = useState(false);
  const from = useMemo(issuer, []);

  async function leave(to: NonNullable<typeof from>) {
    try {
      await leaveForIssuer(to);
    } catch (failed) {
      refuse(failed instanceof Error ? failed.message : String(failed));
    }
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    const pasted = token.trim();
    if (!pasted) return setError(words.signIn.needed);
    setPending(true);
    try {
      await check(pasted);
      signIn(pasted);
    } catch (refused) {
      const isUnknown = refused instanceof Problem && refused.status === UNAUTHORIZED;
      setError(isUnknown ? words.signIn.unknown : explained(words, refused));
    } finally {
      setPending(false);
    }
  }

  return (
    <main className="sign-in">
      <form onSubmit={submit}>
        <h1>
          <svg viewBox="0 0 32 32" width="34" height="34" aria-hidden="true">
            <rect width="32" height="32" rx="7" fill="#3a4fc4" />
            <rect
              x="5"
              y="13"
              width="22"
              height="6"
              rx="3"
              fill="#fff"
              transform="rotate(-35 16 16)"
            />
            <circle cx="8.6" cy="21.2" r="3.4" fill="#f5b83d" />
          </svg>
          Baton
        </h1>
        {expired && (
          <p className="banner" role="alert">
            {words.signIn.expired}
          </p>
        )}
        {refused !== undefined && (
          <p className="banner is-bad" role="alert">
            {words.signIn.failed(refused)}
          </p>
        )}
        {from && (
          <>
            <button type="button" className="button primary" onClick={() => void leave(from)}>
              {words.signIn.withIssuer}
            </button>
            <p className="or">{words.signIn.or}</p>
          </>
        )}
        <Field label={words.signIn.token} hint={words.signIn.hint} error={error}>
          {(attributes) => (
            <input
              {...attributes}
              type="password"
              autoComplete="off"
              spellCheck={false}
              // biome-ignore lint/a11y/noAutofocus: the page has nothing else
              autoFocus={from === null}
              value={token}
              onChange={(event) => setToken(event.target.value)}
            />
          )}
        </Field>
        <button type="submit" className={from ? "button" : "button primary"} disabled={isPending}>
          {words.signIn.enter}
        </button>
      </form>
    </main>
  );
}

/** Whether a token opens the door, asked without being signed in yet. */
async function check(token: string): Promise<void> {
  let response: Response;
  try {
    response = await fetch(new URL("v1/me", BASE), {
      headers: { Authorization: `Bearer ${token}` },
    });
  } catch {
    throw new Problem(0, null);
  }
  if (!response.ok) throw new Problem(response.status, await response.json().catch(() => null));
}
