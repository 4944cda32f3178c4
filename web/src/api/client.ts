import createClient, { type Middleware } from "openapi-fetch";
import { BASE } from "../base";
import { preferences } from "../preferences";
import { Problem, type ProblemBody } from "./problem";
import type { components, paths } from "./schema";
import { currentToken, signOut } from "./session";

export type Schemas = components["schemas"];

const UNAUTHORIZED = 401;

const asCaller: Middleware = {
  onRequest({ request }) {
    const token = currentToken();
    if (token) request.headers.set("Authorization", `Bearer ${token}`);
    request.headers.set("Accept-Language", preferences.get().language);
    return request;
  },
  onResponse({ request, response }) {
    const sent = request.headers.get("Authorization");
    if (response.status === UNAUTHORIZED && sent === `Bearer ${currentToken()}`) signOut(true);
  },
};

/** The API, typed by its own description. */
export const api = createClient<paths>({ baseUrl: BASE.href.replace(/\/$/, "") });
api.use(asCaller);

interface Outcome<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** An answer's data and ETag. Throws a `Problem` for every request that was not granted. */
export async function answered<T>(
  request: Promise<Outcome<T>>,
): Promise<{ data: T; etag: string | null }> {
  let outcome: Outcome<T>;
  try {
    outcome = await request;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, null);
  }
  const { data, error, response } = outcome;
  if (!response.ok) throw new Problem(response.status, bodyOf(error), retryAfter(response));
  return { data: data as T, etag: response.headers.get("ETag") };
}

/** An answer's data. Throws a `Problem` for every request that was not granted. */
export async function call<T>(request: Promise<Outcome<T>>): Promise<T> {
  return (await answered(request)).data;
}

function bodyOf(error: unknown): ProblemBody | null {
  return typeof error === "object" && error !== null ? (error as ProblemBody) : null;
}

function retryAfter(response: Response): number | null {
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds : null;
}

/** A key for one deed, so that asking for it twice does it once. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
