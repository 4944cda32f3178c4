import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { api, call, newIdempotencyKey, type Schemas } from "../api/client";
import { every, paused } from "../api/pace";
import { queryClient, touched } from "../api/queries";
import { isAtWork, isUnderWay, RUN_STATES, type RunState } from "../states/states";

export type Run = Schemas["Run"];
export type LogLine = Schemas["LogLine"];
export type Trigger = Run["trigger"];

export interface RunFilter {
  schedule?: string;
  status?: string;
  trigger?: string;
  from?: string;
  to?: string;
}

export const TRIGGERS: readonly Trigger[] = ["scheduled", "manual", "catch_up", "retry"];
const PAGE = 50;
const LIST_SECONDS = 10;
const LINES = 200;
const LIVE_MS = 1_000;
const WAITING_MS = 4_000;

function listQuery(filter: RunFilter) {
  const status = RUN_STATES.find((each) => each === filter.status);
  const trigger = TRIGGERS.find((each) => each === filter.trigger);
  return {
    limit: PAGE,
    ...(status && { status }),
    ...(trigger && { trigger }),
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

export function useRun(id: string) {
  return useQuery({
    queryKey: ["runs", "one", id],
    queryFn: ({ signal }) =>
      call(api.GET("/v1/runs/{run_id}", { params: { path: { run_id: id } }, signal })),
    refetchInterval: (query) => lookAgain(query.state.data),
  });
}

interface Log {
  lines: readonly LogLine[];
  after: number;
}

/** All lines of a run's log; as long as it works, those that come. Only new lines are asked for. */
export function useLog(id: string, status: RunState) {
  const key = ["log", id];
  return useQuery({
    queryKey: key,
    queryFn: async ({ signal }) => {
      let log: Log = queryClient.getQueryData<Log>(key) ?? { lines: [], after: 0 };
      for (let isFull = true; isFull; ) {
        const page = await call(
          api.GET("/v1/runs/{run_id}/log", {
            params: { path: { run_id: id }, query: { after: log.after, limit: LINES } },
            signal,
          }),
        );
        isFull = page.items.length === LINES;
        if (page.items.length > 0) {
          log = { lines: [...log.lines, ...page.items], after: page.next_after };
        }
      }
      return log;
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    structuralSharing: false,
    refetchInterval: () => (paused.get() || !isAtWork(status) ? false : LIVE_MS),
  });
}

export type WhenBusy = "reject" | "queue" | "force";

export interface RunNow {
  scheduleId: string;
  whenBusy: WhenBusy;
  payload?: Record<string, unknown> | undefined;
  maxSteps?: number | undefined;
  key: string;
}

export function useRunNow() {
  return useMutation({
    mutationFn: ({ scheduleId, whenBusy, payload, maxSteps, key }: RunNow) =>
      call(
        api.POST("/v1/schedules/{schedule_id}/runs", {
          params: {
            path: { schedule_id: scheduleId },
            query: { when_busy: whenBusy },
            header: { "Idempotency-Key": `${key}-${whenBusy}` },
          },
          body: {
            ...(payload && { payload }),
            ...(maxSteps !== undefined && { max_steps: maxSteps }),
          },
        }),
      ),
    onSettled: () => touched("runs", "overview", "schedules", "timeline"),
  });
}

export function useCancel() {
  return useMutation({
    mutationFn: (id: string) =>
      call(api.POST("/v1/runs/{run_id}/cancel", { params: { path: { run_id: id } } })),
    onSuccess: (run) => queryClient.setQueryData(["runs", "one", run.id], run),
    onSettled: () => touched("runs", "overview", "timeline"),
  });
}

export interface Retry {
  id: string;
  whenBusy?: WhenBusy;
  payload?: Record<string, unknown> | undefined;
  maxSteps?: number | undefined;
}

export function useRetry() {
  return useMutation({
    mutationFn: ({ id, whenBusy = "queue", payload, maxSteps }: Retry) =>
      call(
        api.POST("/v1/runs/{run_id}/retry", {
          params: {
            path: { run_id: id },
            query: { when_busy: whenBusy },
            header: { "Idempotency-Key": newIdempotencyKey() },
          },
          body: {
            ...(payload && { payload }),
            ...(maxSteps !== undefined && { max_steps: maxSteps }),
          },
        }),
      ),
    onSettled: () => touched("runs", "overview", "timeline"),
  });
}
