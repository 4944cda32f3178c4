import { reasonOf, sleep } from "./client.js";
import { BatonError, problemOf, Unreachable } from "./problem.js";
import type { components } from "./schema.js";

type Line = components["schemas"]["LogEntryIn"];
type Level = NonNullable<Line["level"]>;

/** Between heartbeats, in milliseconds, at most: within them a run hears that it is to stop. */
const EVERY = 30_000;
/** Steps that follow each other faster share a heartbeat. */
const STEPS_WITHIN = 1_000;
/** After a heartbeat that was not taken, the next one follows soon. */
const SOON = 5_000;
const UNKNOWN_LEASE = 60_000;
const SHORTEST_LEASE = 5_000;
const BEATS_IN_A_LEASE = 3;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;
const ANSWER_WITHIN = 10_000;
const MOST_LINES = 500;
const LONGEST_TEXT = 4096;
/** There is nobody to tell any more. */
const LOST = new Set(["lease_lost", "unauthorized", "silence"]);
const SIGNALS = ["SIGTERM", "SIGINT"] as const;
type Signal = (typeof SIGNALS)[number];

/**
 * The run is to stop. `reason` is Baton's own (`cancelled`, `budget_exceeded`, `timeout`), or
 * `lease_lost`, `unauthorized`, `silence` or `signal`. A job that catches it gets it again at the
 * next thing that it reports.
 */
export class Stopped extends Error {
  override name = "Stopped";
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

/** Thrown inside a run, ends it as failed for this reason. */
export class Fail extends Error {
  override name = "Fail";
  readonly reason: string;
  readonly retryAfter: number | undefined;

  constructor(reason: string, message: string, options: { retryAfter?: number } = {}) {
    super(message);
    this.reason = reason;
    this.retryAfter = options.retryAfter;
  }
}

/** What the target of a run is given of it. The token is good for this attempt alone. */
export interface Callback {
  runId: string;
  url: string;
  token: string;
  scheduleId?: string;
  tenantId?: string;
  attempt?: number;
}

export interface RunSettings {
  /** Milliseconds between heartbeats at most; a third of the lease, if that is less. */
  every?: number;
  /** Steps that follow each other within so many milliseconds share a heartbeat. */
  stepsWithin?: number;
  /** For how long the end is said again while no answer comes; else as long as the lease runs. */
  patience?: () => number;
  /** What carries requests instead of the platform's own `fetch`. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** What a Lambda event, the headers of a request, or an environment says of its run. */
export function callbackIn(
  source: Record<string, unknown> = globalThis.process?.env ?? {},
): Callback {
  let given = source;
  for (const inner of [source.baton, source.headers]) {
    if (typeof inner === "object" && inner !== null) {
      given = inner as Record<string, unknown>;
      break;
    }
  }
  // `run_id` of an event, `Baton-Run-Id` of headers, `BATON_RUN_ID` of an environment.
  const plain = new Map(
    Object.entries(given).map(([name, each]) => [name.toLowerCase().replaceAll("-", "_"), each]),
  );
  const find = (name: string) => {
    const found = plain.get(`baton_${name}`) ?? plain.get(name);
    return found === undefined || found === null || found === "" ? undefined : String(found);
  };
  const url = find("callback_url")?.replace(/\/+$/, "");
  const token = find("run_token");
  if (!url || !token) {
    throw new BatonError(
      "There is no run that calls back: neither an event with “baton”, nor the headers " +
        "Baton-Callback-Url and Baton-Run-Token, nor BATON_CALLBACK_URL and BATON_RUN_TOKEN.",
    );
  }
  const [scheduleId, tenantId, attempt] = ["schedule_id", "tenant_id", "attempt"].map(find);
  return {
    runId: find("run_id") ?? url.slice(url.lastIndexOf("/") + 1),
    url,
    token,
    ...(scheduleId === undefined ? {} : { scheduleId }),
    ...(tenantId === undefined ? {} : { tenantId }),
    ...(attempt === undefined ? {} : { attempt: Number(attempt) }),
  };
}

/**
 * Does the work of the run that a Lambda event, headers or the environment names, and reports it.
 *
 * Heartbeats keep the run's lease meanwhile. What the work throws is the run's failure, and is
 * thrown on; its end is the run's end. A signal that would end the process stops the run first.
 */
export async function run<T>(
  source: Record<string, unknown> | undefined,
  work: (run: Run) => Promise<T>,
  settings: RunSettings = {},
): Promise<T> {
  const current = new Run(callbackIn(source), settings);
  await current.begin();
  let result: T;
  try {
    result = await work(current);
  } catch (error) {
    try {
      await current.end(error);
    } catch (unsaid) {
      console.warn(`The end of run ${current.runId} was not taken: ${unsaid}`);
    }
    current.leave();
    throw error;
  }
  try {
    await current.end(undefined);
  } finally {
    current.leave();
  }
  return result;
}

/** A run under way. */
export class Run {
  readonly callback: Callback;
  /** What is said of the run at its end, in a sentence. */
  summary: string | undefined;
  readonly #settings: RunSettings;
  readonly #stopping = new AbortController();
  #steps = 0;
  #usage = { tokens: 0, cost: 0 };
  #totals = { processed: 0, skipped: 0, errors: 0 };
  #progress: { done: number; total: number } | undefined;
  #lines: Line[] = [];
  #reason: string | undefined;
  #signal: Signal | undefined;
  #heardAt: number | undefined;
  #leaseEnds = performance.now() + UNKNOWN_LEASE;
  #interval: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** One heartbeat goes out at a time. */
  #sending: Promise<unknown> = Promise.resolve();
  #watched = new Map<Signal, () => void>();

  /** Programs call `run`, which says what these are. */
  constructor(callback: Callback, settings: RunSettings = {}) {
    this.callback = callback;
    this.#settings = settings;
    this.#interval = settings.every ?? EVERY;
  }

  get runId(): string {
    return this.callback.runId;
  }

  /** Is aborted when the run is to stop: for `fetch`, and whatever else takes a signal. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Why the run is to stop; undefined while it may go on. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /**
   * Report one more step, or several, and what it uses up, and see whether to go on. Called before
   * the step is taken, it keeps the run within its budget. Throws `Stopped`.
   */
  async step({ count = 1, tokens = 0, cost = 0 } = {}): Promise<void> {
    this.#steps += count;
    this.#usage.tokens += tokens;
    this.#usage.cost += cost;
    const within = this.#settings.stepsWithin ?? STEPS_WITHIN;
    if (this.#heardAt === undefined || performance.now() - this.#heardAt >= within) {
      await this.#beat();
    }
    this.check();
  }

  /** Report how far the work is; it goes out with the next heartbeat. Throws `Stopped`. */
  progress(done: number, total: number): void {
    this.#progress = { done, total };
    this.check();
  }

  /** Write a line into the run's log; it goes out with the next heartbeat. Throws `Stopped`. */
  log(message: string, data?: Record<string, unknown>, level: Level = "info"): void {
    this.#lines.push({ message, level, data: data ?? null });
    this.check();
  }

  /** Add to the totals, which are said at the end; errors fail the run. Throws `Stopped`. */
  count({ processed = 0, skipped = 0, errors = 0 } = {}): void {
    this.#totals.processed += processed;
    this.#totals.skipped += skipped;
    this.#totals.errors += errors;
    this.check();
  }

  /** See whether to go on, by the last heartbeat. Throws `Stopped`. */
  check(): void {
    if (this.#reason === undefined && performance.now() >= this.#leaseEnds) this.#stop("silence");
    if (this.#reason !== undefined) throw new Stopped(this.#reason);
  }

  /** Begin. Throws `Stopped` if the run is over already, as in a repeated invocation. */
  async begin(): Promise<void> {
    await this.#beat();
    if (this.#reason !== undefined) {
      const stopped = new Stopped(this.#reason);
      await this.end(stopped);
      throw stopped;
    }
    this.#watchSignals();
    this.#beatIn(this.#interval);
  }

  /** Say how it ended. Throws `Stopped`, `Unreachable`, `Problem`. */
  async end(error: unknown): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#sending;
    if (error instanceof Stopped && LOST.has(error.reason)) return;
    // What is not taken now is lost: the end has no room for lines.
    while (this.#lines.length > 0 && (await this.#beat()));
    const ending = {
      ...this.#counts(),
      ...(Object.values(this.#totals).some(Boolean) ? { totals: this.#totals } : {}),
      ...(this.summary === undefined ? {} : { summary: this.summary.slice(0, LONGEST_TEXT) }),
    };
    if (error === undefined) await this.#say("complete", ending);
    else await this.#say("fail", { ...ending, ...failureOf(error) });
  }

  /** Leave signals to the program again; one that came meanwhile ends the process now. */
  leave(): void {
    for (const [signal, listener] of this.#watched) process.off(signal, listener);
    this.#watched.clear();
    const asked = this.#signal;
    // The process ends as it would have done, once whoever waits for the run has heard of its end.
    if (asked !== undefined) setImmediate(() => process.kill(process.pid, asked));
  }

  #beatIn(milliseconds: number): void {
    this.#timer = setTimeout(async () => {
      const taken = await this.#beat();
      if (this.#timer === undefined || LOST.has(this.#reason ?? "")) return;
      if (performance.now() >= this.#leaseEnds) this.#stop("silence");
      else this.#beatIn(taken ? this.#interval : Math.min(this.#interval, SOON));
    }, milliseconds);
    this.#timer.unref?.();
  }

  /** Send a heartbeat with what there is to report; whether it was taken. */
  #beat(): Promise<boolean> {
    const beat = this.#sending.then(() => this.#beatNow());
    this.#sending = beat.catch(() => undefined);
    return beat;
  }

  async #beatNow(): Promise<boolean> {
    const lines = this.#lines.slice(0, MOST_LINES);
    const sentAt = performance.now();
    let response: Response;
    try {
      response = await this.#send("heartbeat", {
        ...this.#counts(),
        ...(lines.length > 0 ? { log: lines } : {}),
        ...(this.#progress === undefined ? {} : { progress: this.#progress }),
      });
    } catch {
      return false;
    }
    if (response.ok) {
      this.#heardAt = sentAt;
      this.#lines.splice(0, lines.length);
      const said = (await response.json()) as components["schemas"]["Heartbeat"];
      if (said.continue) this.#renew(said.lease_expires_at, response, sentAt);
      else this.#stop(said.reason ?? "cancelled");
      return true;
    }
    if (response.status === 409) this.#stop("lease_lost");
    else if (response.status === 401) this.#stop("unauthorized");
    else if (response.status === 422) {
      // What is wrong would be wrong again; the lease matters more.
      console.warn(`A report of run ${this.runId} is refused: ${await response.text()}`);
      this.#lines.splice(0, lines.length);
      this.#progress = undefined;
    }
    return false;
  }

  /** Note until when the lease runs, by the API's clock and not by this machine's. */
  #renew(until: string | null | undefined, response: Response, sentAt: number): void {
    if (!until) return;
    const now = Date.parse(response.headers.get("Date") ?? "") || Date.now();
    const left = Math.max(Date.parse(until) - now, SHORTEST_LEASE);
    this.#leaseEnds = sentAt + left;
    const every = this.#settings.every ?? EVERY;
    this.#interval = Math.min(every, Math.max(left / BEATS_IN_A_LEASE, 1_000));
  }

  #counts() {
    const used = this.#usage.tokens > 0 || this.#usage.cost > 0;
    return { steps: this.#steps, ...(used ? { usage: { ...this.#usage } } : {}) };
  }

  #stop(reason: string): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#stopping.abort(new Stopped(reason));
  }

  async #say(what: "complete" | "fail", body: object): Promise<void> {
    const { response, wasLost } = await this.#answered(what, body);
    if (response.ok) return;
    if (response.status === 409 || response.status === 401) {
      // An earlier one may have counted, whose answer was lost; it is over in any case.
      if (wasLost) return;
      this.#stop(response.status === 409 ? "lease_lost" : "unauthorized");
      throw new Stopped(this.#reason ?? "lease_lost");
    }
    const problem = await problemOf(response);
    if (response.status === 422) {
      // A run has to end, and as what was reported is wrong, it has failed.
      const message = `Its report was refused: ${JSON.stringify(problem.errors)}`;
      await this.#answered("fail", { reason: "error", message: message.slice(0, LONGEST_TEXT) });
    }
    throw problem;
  }

  async #answered(what: string, body: object): Promise<{ response: Response; wasLost: boolean }> {
    const until = this.#saidUntil();
    let pause = FIRST_WAIT;
    let wasLost = false;
    for (;;) {
      let why: string;
      try {
        const response = await this.#send(what, body);
        if (response.status < 500 && response.status !== 429) return { response, wasLost };
        wasLost ||= response.status !== 503;
        why = `the answer was ${response.status}`;
      } catch (error) {
        wasLost = true;
        why = reasonOf(error);
      }
      if (performance.now() + pause >= until) {
        throw new Unreachable(`${this.callback.url} was not told of the end: ${why}`);
      }
      await sleep(pause);
      pause = Math.min(pause * 2, LONGEST_WAIT);
    }
  }

  #saidUntil(): number {
    const now = performance.now();
    if (this.#signal !== undefined) return now + LONGEST_WAIT;
    if (this.#settings.patience !== undefined) return now + this.#settings.patience();
    return Math.max(this.#leaseEnds, now + FIRST_WAIT * 4);
  }

  #send(what: string, body: object): Promise<Response> {
    const send = this.#settings.fetch ?? fetch;
    return send(`${this.callback.url}/${what}`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${this.callback.token}`,
        "Content-Type": "application/json",
      },
      body: JSON.stringify(body),
      redirect: "manual",
      signal: AbortSignal.timeout(ANSWER_WITHIN),
    });
  }

  /** Have signals that would end the process stop the run first; not those that are taken. */
  #watchSignals(): void {
    const { process } = globalThis;
    if (process?.on === undefined) return;
    for (const signal of SIGNALS) {
      if (process.listenerCount(signal) > 0) continue;
      const listener = () => {
        this.#signal = signal;
        process.off(signal, listener); // A second one ends the process as it would have done.
        this.#stop("signal");
      };
      this.#watched.set(signal, listener);
      process.on(signal, listener);
    }
  }
}

/** What is said of a run that this ended. */
function failureOf(error: unknown): object {
  const cut = (text: string) => text.slice(0, LONGEST_TEXT);
  if (error instanceof Fail) {
    const rest = error.retryAfter === undefined ? {} : { retry_after_seconds: error.retryAfter };
    return { reason: error.reason, message: cut(error.message), ...rest };
  }
  if (error instanceof Stopped) {
    return { reason: "aborted", message: `It was stopped: ${error.reason}.` };
  }
  return { reason: "error", message: cut(String(error)) };
}

interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/**
 * The Lambda handler that does this work of a run. Whatever becomes of it is told to Baton, so the
 * invocation itself always succeeds: one that failed would be repeated by Lambda.
 */
export function handler<E extends Record<string, unknown>>(
  work: (event: E, run: Run) => Promise<unknown>,
) {
  return async (event: E, context: LambdaContext) => {
    const { runId } = callbackIn(event);
    const patience = () => Math.max(context.getRemainingTimeInMillis() - 1_000, 1_000);
    try {
      await run(event, (current) => work(event, current), { patience });
    } catch (error) {
      if (error instanceof Stopped)
        return { run_id: runId, status: "stopped", reason: error.reason };
      console.error(error);
      const isUnknown = error instanceof Unreachable;
      return { run_id: runId, status: isUnknown ? "unknown" : "failed" };
    }
    return { run_id: runId, status: "completed" };
  };
}
