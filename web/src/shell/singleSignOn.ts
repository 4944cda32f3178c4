import { BASE } from "../base";

/**
 * Signing in with the issuer of a company: OpenID Connect's authorization code flow with PKCE, as a public
 * client without a secret. The page goes to the issuer and comes back to `…/ui?code=…&state=…`.
 */
interface Issuer {
  url: string;
  client: string;
  /** Whom its tokens have to be for, as the deployment demands it. */
  audience: string;
}

interface Pending {
  state: string;
  verifier: string;
  tokenEndpoint: string;
  /** Where one was, to be there again. */
  back: string;
}

interface Discovery {
  authorization_endpoint: string;
  token_endpoint: string;
}

const KEY = "baton.sign_in";
const HERE = `${BASE.href}ui`;

/** With whom people may sign in; null if by token alone. */
export function issuer(): Issuer | null {
  const meta = document.querySelector<HTMLMetaElement>("meta[name=baton-sign-in]");
  const { issuer: url, audience = "" } = meta?.dataset ?? {};
  return meta && url ? { url, client: meta.content, audience } : null;
}

/** Leave for the issuer. Throws if it does not say where to. */
export async function leaveForIssuer({ url, client, audience }: Issuer): Promise<void> {
  const found = await read<Discovery>(`${url.replace(/\/$/, "")}/.well-known/openid-configuration`);
  const pending: Pending = {
    state: random(),
    verifier: random(),
    tokenEndpoint: found.token_endpoint,
    back: location.pathname + location.search,
  };
  sessionStorage.setItem(KEY, JSON.stringify(pending));
  const to = new URL(found.authorization_endpoint);
  const asked = {
    response_type: "code",
    client_id: client,
    redirect_uri: HERE,
    scope: "openid",
    state: pending.state,
    code_challenge: await challengeOf(pending.verifier),
    code_challenge_method: "S256",
    ...(audience && { audience }),
  };
  for (const [name, value] of Object.entries(asked)) to.searchParams.set(name, value);
  location.assign(to);
}

/**
 * Having come back from the issuer: the token that it gives for the code, and where to go on. Null if one did
 * not come from there, or not by this tab's own wish. Throws with the issuer's words if it refuses.
 */
export async function tokenFromIssuer(): Promise<string | null> {
  const answer = new URLSearchParams(location.search);
  const text = sessionStorage.getItem(KEY);
  const from = issuer();
  if (text === null || from === null || !answer.has("state")) return null;
  const pending = JSON.parse(text) as Pending;
  if (answer.get("state") !== pending.state) return null;
  sessionStorage.removeItem(KEY);
  history.replaceState(null, "", pending.back);
  const code = answer.get("code");
  if (code === null) throw new Error(answer.get("error_description") ?? answer.get("error") ?? "");
  const given = await read<{ access_token: string }>(pending.tokenEndpoint, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      code,
      client_id: from.client,
      redirect_uri: HERE,
      code_verifier: pending.verifier,
    }),
  });
  return given.access_token;
}

async function read<T>(url: string, init?: RequestInit): Promise<T> {
  const response = await fetch(url, { ...init, credentials: "omit" });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error_description ?? body.error ?? `${response.status}`);
  return body as T;
}

function random(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return base64url(new Uint8Array(digest));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
