import createClient, { type Client } from "openapi-fetch";
import { problemOf, secondsIn, Unreachable } from "./problem.js";
import type { components, paths } from "./schema.js";

/** The objects of the API, by their names in its description. */
export type Schemas = components["schemas"];

export interface Settings {
  /** Where Baton is; `BATON_URL` of the environment, if it is left out. */
  url?: string;
  /** The API token, or what gives one whenever a request is sent; else `BATON_TOKEN`. */
  token?: string | (() => string | undefined);
  /** What carries requests instead of the platform's own `fetch`. */
  fetch?: (request: Request) => Promise<Response>;
  /** Waits between attempts, for so many milliseconds. */
  sleep?: (milliseconds: number) => Promise<void>;
}

export type Baton = Client<paths>;

const ATTEMPTS = 4;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
const BUSY = new Set([502, 503, 504]);
const BUSY_CODES = new Set(["idempotency_in_progress", "throttled"]);
const KEY = "Idempotency-Key";
/** What creates something, and so may come twice with an idempotency key. */
const CREATES =
  /\/v1\/(schedules|audits|tokens|schedules\/[^/]+\/runs|runs\/[^/]+\/(retry|start)|tokens\/[^/]+\/rotate)$/;

/**
 * A client of the API of one deployment: openapi-fetch, typed by the API's own description.
 *
 * What may safely come twice is sent again, up to four times in all, while no answer comes or the
 * API is too busy; whatever creates something gets an idempotency key for that. A request that is
 * refused throws a `Problem`, and one without an answer `Unreachable`.
 */
export function createBaton(settings: Settings = {}): Baton {
  const url = settings.url ?? fromEnvironment("BATON_URL");
  if (!url) throw new TypeError("Where is Baton? Give its URL, or set BATON_URL.");
  const { token = fromEnvironment("BATON_TOKEN") } = settings;
  const send = settings.fetch ?? ((request: Request) => fetch(request));
  const wait = settings.sleep ?? sleep;
  return createClient<paths>({
    baseUrl: url.replace(/\/+$/, "").replace(/\/v1$/, ""),
    fetch: async (request: Request) => {
      const bearer = typeof token === "function" ? token() : token;
      if (bearer) request.headers.set("Authorization", `Bearer ${bearer}`);
      const place = new URL(request.url);
      if (request.method === "POST" && CREATES.test(place.pathname) && !request.headers.has(KEY)) {
        request.headers.set(KEY, newKey());
      }
      return await answered(request, send, wait);
    },
  });
}

/** The entity tag of an answer; sent back as `If-Match`, no other change is undone. */
export function etagOf(answer: { response: Response }): string | undefined {
  return answer.response.headers.get("ETag") ?? undefined;
}

type Listed<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { "application/json": infer Page } } } };
}
  ? Page extends { items: (infer Item)[]; next_cursor: unknown }
    ? Item
    : never
  : never;

type ListPath = {
  [P in keyof paths]: [Listed<P>] extends [never] ? never : P;
}[keyof paths];

type Asked<P extends ListPath> = paths[P] extends { get: { parameters: infer Parameters } }
  ? Omit<Parameters, "header" | "cookie">
  : never;

/** Every item of a list, newest first; read page by page, as far as it is used. */
export async function* items<P extends ListPath>(
  baton: Baton,
  path: P,
  params?: Asked<P>,
): AsyncGenerator<Listed<P>> {
  const asked = (params ?? {}) as { query?: object };
  let cursor: string | undefined;
  do {
    const query = { ...asked.query, ...(cursor === undefined ? {} : { cursor }) };
    // The compiler cannot see that every such path takes a cursor and answers with a page.
    const get = baton.GET as unknown as (path: string, init: object) => Promise<{ data: unknown }>;
    const { data } = await get(path, { params: { ...asked, query } });
    const page = data as { items: Listed<P>[]; next_cursor: string | null };
    yield* page.items;
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
}

/** The answer to a request, which is sent again if that may help and does no harm. */
async function answered(
  request: Request,
  send: (request: Request) => Promise<Response>,
  wait: (milliseconds: number) => Promise<void>,
): Promise<Response> {
  const mayRepeat = ["GET", "HEAD", "PUT"].includes(request.method) || request.headers.has(KEY);
  const most = mayRepeat ? ATTEMPTS : 1;
  for (let attempt = 1; ; attempt += 1) {
    const pause = Math.min(FIRST_WAIT * 2 ** (attempt - 1), LONGEST_WAIT);
    let response: Response;
    try {
      response = await send(request.clone());
    } catch (error) {
      if (request.signal.aborted) throw error;
      if (attempt >= most) throw unreachable(request, error);
      await wait(pause);
      continue;
    }
    if (response.ok) return response;
    const problem = await problemOf(response);
    const isBusy = BUSY.has(response.status) || BUSY_CODES.has(problem.code);
    if (!isBusy || attempt >= most) throw problem;
    const asked = secondsIn(response.headers);
    await wait(asked === undefined ? pause : Math.min(asked * 1000, LONGEST_WAIT));
  }
}

function unreachable(request: Request, error: unknown): Unreachable {
  const { origin } = new URL(request.url);
  return new Unreachable(`No answer from ${origin}: ${reasonOf(error)}`, { cause: error });
}

/** Why a `fetch` failed: Node hides that in the cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** A key for one deed, so that asking for it twice does it once. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function fromEnvironment(name: string): string | undefined {
  return globalThis.process?.env?.[name] || undefined;
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
