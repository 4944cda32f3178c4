import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { api, call, newIdempotencyKey, type Schemas } from "../api/client";
import { every, paused } from "../api/pace";
import { queryClient, touched } from "../api/queries";
import { isAtWork, isUnderWay, RUN_STATES } from "../states/states";

export type Run = Schemas["Run"];
export type WholeRun = Omit<Schemas["WholeRun"], "log">;
export type LogLine = Schemas["LogLine"];
export type Trigger = Run["trigger"];

export interface RunFilter {
  schedule?: string;
  status?: string;
  trigger?: string;
  reason?: string;
  from?: string;
  to?: string;
  pool?: string;
}

export const TRIGGERS: readonly Trigger[] = ["scheduled", "manual", "catch_up", "retry"];
export const FAILURE_REASONS: readonly NonNullable<Run["failure_reason"]>[] = [
  "error",
  "timeout",
  "lease_expired",
  "budget_exceeded",
  "aborted",
  "rate_limited",
  "auth_failed",
  "http_error",
  "item_errors",
  "target_not_found",
  "never_started",
];
export const SKIP_REASONS: readonly NonNullable<Run["skip_reason"]>[] = [
  "slot_busy",
  "misfire",
  "coalesced",
  "queue_expired",
  "schedule_deleted",
  "schedule_paused",
  "schedule_broken",
  "no_show",
];
const PAGE = 50;
const LIST_SECONDS = 10;
/** How many lines come with a run, and how many at most by themselves. */
const FIRST_LINES = 200;
const LINES = 1_000;
const LIVE_MS = 1_000;
const WAITING_MS = 4_000;

function listQuery(filter: RunFilter) {
  const wanted = filter.status?.split(",") ?? [];
  const status = RUN_STATES.filter((each) => wanted.includes(each));
  const trigger = TRIGGERS.find((each) => each === filter.trigger);
  return {
    limit: PAGE,
    ...(status.length > 0 && { status }),
    ...reasonOf(filter.reason),
    ...(filter.pool && { pool: filter.pool }),
    ...(filter.from && { from: filter.from }),
    ...(filter.to && { to: filter.to }),
    ...(trigger && { trigger }),
  };
}

/** One reason, as the API asks for it: it knows those of failures and those of skips apart. */
function reasonOf(reason: string | undefined) {
  const failure = FAILURE_REASONS.find((each) => each === reason);
  const skip = SKIP_REASONS.find((each) => each === reason);
  return {
    ...(failure && { failure_reason: failure }),
    ...(skip && { skip_reason: skip }),
  };
}

/** Runs, newest first: all, or those of one schedule. */
export function useRuns(filter: RunFilter, everySeconds = LIST_SECONDS) {
  return useInfiniteQuery({
    queryKey: ["runs", "list", filter],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => {
      const query = { ...listQuery(filter), ...(pageParam && { cursor: pageParam }) };
      return filter.schedule
        ? call(
            api.GET("/v1/schedules/{schedule_id}/runs", {
              params: { path: { schedule_id: filter.schedule }, query },
              signal,
            }),
          )
        : call(api.GET("/v1/runs", { params: { query }, signal }));
    },
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (before) => before,
    refetchInterval: () => every(everySeconds),
  });
}

/** How soon a run is looked at again: while it works every second, as it waits now and then, then never. */
export function lookAgain(run: Run | undefined): number | false {
  if (paused.get() || run === undefined || !isUnderWay(run.status)) return false;
  return isAtWork(run.status) ? LIVE_MS : WAITING_MS;
}

/** A run, and all lines of its log so far. */
export interface RunWithLog {
  run: WholeRun;
  lines: readonly LogLine[];
  after: number;
}

/**
 * One call a look: the run, and the lines that are new since the last look. The run is read before its log,
 * so with its end come its last lines.
 */
export function useRun(id: string) {
  const key = ["runs", "one", id];
  return useQuery({
    queryKey: key,
    queryFn: async ({ signal }): Promise<RunWithLog> => {
      const before = queryClient.getQueryData<RunWithLog>(key);
      let { lines, after } = before ?? { lines: [], after: 0 };
      const { log, ...run } = await call(
        api.GET("/v1/runs/{run_id}", {
          params: { path: { run_id: id }, query: { log_after: after } },
          signal,
        }),
      );
      let page = log?.items ?? [];
      while (page.length > 0) {
        lines = [...lines, ...page];
        after = page.at(-1)?.sequence ?? after;
        page = page.length < FIRST_LINES ? [] : await moreLines(id, after, signal);
      }
      return { run, lines, after };
    },
    structuralSharing: false,
    refetchInterval: (query) => lookAgain(query.state.data?.run),
  });
}

async function moreLines(id: string, after: number, signal: AbortSignal): Promise<LogLine[]> {
  const params = { path: { run_id: id }, query: { after, limit: LINES } };
  return (await call(api.GET("/v1/runs/{run_id}/log", { params, signal }))).items;
}

export type WhenBusy = "reject" | "queue" | "force";

export interface RunNow {
  scheduleId: string;
  whenBusy: WhenBusy;
  payload?: Record<string, unknown> | undefined;
  limits: RunLimits;
  key: string;
}

/** What one run may use up, other than its schedule says. */
export interface RunLimits {
  max_steps?: number;
  max_tokens?: number;
  max_cost?: number;
}

/** The run of an answer: to who does the work themselves it comes with what they need for it. */
function runOf(answer: Run | Schemas["CallerRun"]): Pick<Run, "id" | "status"> {
  return "run_token" in answer ? answer.run : answer;
}

export function useRunNow() {
  return useMutation({
    mutationFn: async ({ scheduleId, whenBusy, payload, limits, key }: RunNow) => {
      const answer = await call(
        api.POST("/v1/schedules/{schedule_id}/runs", {
          params: {
            path: { schedule_id: scheduleId },
            query: { when_busy: whenBusy },
            header: { "Idempotency-Key": `${key}-${whenBusy}` },
          },
          body: {
            ...(payload && { payload }),
            ...limits,
          },
        }),
      );
      return runOf(answer);
    },
    onSettled: () => touched("runs", "overview", "schedules", "timeline"),
  });
}

export function useCancel() {
  return useMutation({
    mutationFn: ({ id, tenantId }: { id: string; tenantId?: string | null }) =>
      call(
        api.POST("/v1/runs/{run_id}/cancel", {
          params: { path: { run_id: id }, query: { ...(tenantId && { tenant_id: tenantId }) } },
        }),
      ),
    onSettled: () => touched("runs", "overview", "timeline"),
  });
}

export interface Retry {
  id: string;
  whenBusy?: WhenBusy;
  payload?: Record<string, unknown> | undefined;
  limits?: RunLimits;
}

export function useRetry() {
  return useMutation({
    mutationFn: async ({ id, whenBusy = "queue", payload, limits }: Retry) => {
      const answer = await call(
        api.POST("/v1/runs/{run_id}/retry", {
          params: {
            path: { run_id: id },
            query: { when_busy: whenBusy },
            header: { "Idempotency-Key": newIdempotencyKey() },
          },
          body: {
            ...(payload && { payload }),
            ...limits,
          },
        }),
      );
      return runOf(answer);
    },
    onSettled: () => touched("runs", "overview", "timeline"),
  });
}
