import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { answered, api, call, type Schemas } from "../api/client";
import { every, pace } from "../api/pace";
import { queryClient, touched } from "../api/queries";
import type { ScheduleState } from "../states/states";

/** A schedule as it comes: the client knows the pairs of `recent` as lists. */
export type Schedule = Omit<Schemas["Schedule"], "recent"> & {
  recent: Schemas["Schedule"]["recent"][number][number][][];
};
export type Cadence = Schedule["cadence"];
export type Target = Schedule["target"];

export interface ListFilter {
  q?: string;
  status?: string;
  target?: string;
}

const PAGE = 200;
const LIST_SECONDS = 30;

const STATES = new Set(["active", "paused", "broken"]);

function stateOf(text: string | undefined): ScheduleState | undefined {
  return text && STATES.has(text) ? (text as ScheduleState) : undefined;
}

export function useSchedules(filter: ListFilter = {}) {
  const status = stateOf(filter.status);
  const asked = {
    ...(filter.q && { q: filter.q }),
    ...(status && { status }),
    ...(filter.target && { target: filter.target }),
  };
  return useInfiniteQuery({
    queryKey: ["schedules", "list", asked],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      call(
        api.GET("/v1/schedules", {
          params: { query: { limit: PAGE, ...asked, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (before) => before,
    refetchInterval: () => every(LIST_SECONDS),
  });
}

/** One schedule, and the tag by which a change of it knows whether somebody else was there first. */
export function useSchedule(id: string) {
  return useQuery({
    queryKey: ["schedules", "one", id],
    queryFn: ({ signal }) => readSchedule(id, signal),
    refetchInterval: () => pace(false),
  });
}

export async function readSchedule(id: string, signal?: AbortSignal) {
  const { data, etag } = await answered(
    api.GET("/v1/schedules/{schedule_id}", {
      params: { path: { schedule_id: id } },
      ...(signal && { signal }),
    }),
  );
  return { schedule: data, etag };
}

export type Switching = "pause" | "resume";

async function switchOne(id: string, deed: Switching): Promise<Schedule> {
  const path = { params: { path: { schedule_id: id } } };
  return deed === "pause"
    ? call(api.POST("/v1/schedules/{schedule_id}/pause", path))
    : call(api.POST("/v1/schedules/{schedule_id}/resume", path));
}

/** Pause or resume. Shown at once, and taken back if it is refused. */
export function useSwitch() {
  return useMutation({
    mutationFn: ({ id, deed }: { id: string; deed: Switching }) => switchOne(id, deed),
    onMutate: ({ id, deed }) => {
      const status = deed === "pause" ? "paused" : "active";
      const before = queryClient.getQueriesData({ queryKey: ["schedules"] });
      queryClient.setQueriesData({ queryKey: ["schedules"] }, (data) =>
        withStatus(data, id, status),
      );
      return { before };
    },
    onError: (_error, _given, context) => {
      for (const [key, data] of context?.before ?? []) queryClient.setQueryData(key, data);
    },
    onSettled: () => touched("schedules", "overview", "forecast"),
  });
}

/** Cached answers with one schedule's status changed, whatever kind of answer they are. */
function withStatus(data: unknown, id: string, status: ScheduleState): unknown {
  if (typeof data !== "object" || data === null) return data;
  const changed = (item: Schedule) => (item.id === id ? { ...item, status } : item);
  if ("pages" in data) {
    const pages = (data.pages as { items: Schedule[] }[]).map((page) => ({
      ...page,
      items: page.items.map(changed),
    }));
    return { ...data, pages };
  }
  if ("schedule" in data) return { ...data, schedule: changed(data.schedule as Schedule) };
  return data;
}

export interface Result {
  id: string;
  error: unknown;
}

/** Do the same to several, and say for each how it went. */
export async function toEach(
  ids: readonly string[],
  deed: (id: string) => Promise<unknown>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const id of ids) {
    try {
      await deed(id);
      results.push({ id, error: null });
    } catch (error) {
      results.push({ id, error });
    }
  }
  touched("schedules", "overview", "forecast");
  return results;
}

export const switching = (deed: Switching) => (id: string) => switchOne(id, deed);

export async function deleteSchedule(id: string): Promise<unknown> {
  return call(api.DELETE("/v1/schedules/{schedule_id}", { params: { path: { schedule_id: id } } }));
}

export function useDelete() {
  return useMutation({
    mutationFn: deleteSchedule,
    onSuccess: (_nothing, id) => queryClient.removeQueries({ queryKey: ["schedules", "one", id] }),
    onSettled: () => touched("overview", "forecast", "runs"),
  });
}

export function useExplanation(id: string, isOpen = true) {
  return useQuery({
    queryKey: ["schedules", "why", id],
    queryFn: ({ signal }) =>
      call(
        api.GET("/v1/schedules/{schedule_id}/explain", {
          params: { path: { schedule_id: id } },
          signal,
        }),
      ),
    enabled: isOpen,
    refetchInterval: () => every(LIST_SECONDS),
  });
}

export function usePreview(cadence: Cadence | null, count: number) {
  return useQuery({
    queryKey: ["preview", cadence, count],
    queryFn: ({ signal }) =>
      call(
        api.POST("/v1/cadence/preview", {
          body: { cadence: cadence as Cadence, count },
          signal,
        }),
      ),
    enabled: cadence !== null,
    staleTime: 60_000,
    retry: false,
  });
}

/** The zone that a schedule's times are meant in, if it has one. */
export function zoneOf(schedule: { cadence: Cadence }): string | null {
  return schedule.cadence.type === "cron" ? (schedule.cadence.timezone ?? "UTC") : null;
}
