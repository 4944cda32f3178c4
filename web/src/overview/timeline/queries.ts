import { useQueries, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo } from "react";
import { api, call, type Schemas } from "../../api/client";
import { every } from "../../api/pace";
import type { Busy, Planned, Row } from "./model";

const HOUR = 3_600_000;
const OPEN_SECONDS = 60;
const FORECAST_SECONDS = 300;

interface History {
  rows: Row[];
  names: Record<string, string>;
  isComplete: boolean;
  isPending: boolean;
  error: unknown;
  refetch: () => void;
}

function read(from: number, to: number, signal: AbortSignal): Promise<Schemas["Timeline"]> {
  const query = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  return call(api.GET("/v1/timeline", { params: { query }, signal }));
}

/**
 * Runs in a window. Hours that are over are asked for once and kept; the open hour is asked for each minute,
 * and as soon as something else is `atWork`; what it says of a run counts.
 */
export function useHistory(from: number, to: number, now: number, atWork: string): History {
  const open = Math.floor(now / HOUR) * HOUR;
  const first = Math.floor(from / HOUR) * HOUR;
  const closedTo = Math.min(Math.ceil(to / HOUR) * HOUR, open);
  const hasClosed = first < closedTo;
  const hasOpen = to > open;
  const closed = useQuery({
    queryKey: ["timeline-kept", first, closedTo],
    queryFn: ({ signal }) => read(first, closedTo, signal),
    enabled: hasClosed,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 30 * 60_000,
    placeholderData: (before) => before,
  });
  const current = useQuery({
    queryKey: ["timeline", open],
    queryFn: ({ signal }) => read(open, Date.now() + 60_000, signal),
    enabled: hasOpen,
    placeholderData: (before) => before,
    refetchInterval: () => every(OPEN_SECONDS),
  });
  const { refetch } = current;
  useEffect(() => {
    if (hasOpen && atWork) void refetch();
  }, [hasOpen, atWork, refetch]);
  return useMemo(() => {
    const byId = new Map<string, Row>();
    for (const row of hasClosed ? (closed.data?.runs ?? []) : []) byId.set(row.id, row);
    for (const row of hasOpen ? (current.data?.runs ?? []) : []) byId.set(row.id, row);
    return {
      rows: [...byId.values()],
      names: { ...closed.data?.schedules, ...current.data?.schedules },
      isComplete: (closed.data?.is_complete ?? true) && (current.data?.is_complete ?? true),
      isPending: (hasClosed && closed.isPending) || (hasOpen && current.isPending),
      error: closed.error ?? current.error,
      refetch: () => {
        void closed.refetch();
        void current.refetch();
      },
    };
  }, [closed, current, hasClosed, hasOpen]);
}

/** Sums of a window, each of so many seconds. */
export function useSums(from: number, to: number, bucketSeconds: number) {
  return useQuery({
    queryKey: ["timeline-sums", from, to, bucketSeconds],
    queryFn: ({ signal }) => {
      const query = {
        from: new Date(from).toISOString(),
        to: new Date(to).toISOString(),
        bucket_seconds: bucketSeconds,
      };
      return call(api.GET("/v1/timeline", { params: { query }, signal }));
    },
    placeholderData: (before) => before,
    staleTime: FORECAST_SECONDS * 1000,
  });
}

export interface Outlook {
  planned: readonly Planned[];
  others: readonly Busy[];
  names: Record<string, string>;
  until: number | null;
}

/** What is to be expected in the next hours, in each of these pools. */
export function useForecast(hours: number, pools: readonly string[]): Outlook {
  return useQueries({
    queries: pools.map((pool) => ({
      queryKey: ["forecast", pool, hours],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        call(
          api.GET("/v1/forecast", {
            params: { query: { hours, planned: "true" as const, current: "true" as const, pool } },
            signal,
          }),
        ),
      enabled: hours > 0,
      placeholderData: <T>(before: T) => before,
      refetchInterval: () => every(FORECAST_SECONDS),
    })),
    combine: useCallback((answers: Answers) => combined(answers, pools), [pools]),
  });
}

type Answers = readonly { data: Schemas["Forecast"] | undefined }[];

/** The pools' forecasts as one. */
function combined(answers: Answers, pools: readonly string[]): Outlook {
  const all = answers.flatMap(({ data }, at) => (data ? [{ ...data, pool: pools[at] ?? "" }] : []));
  return {
    planned: all.flatMap(({ planned, pool }) => (planned ?? []).map((one) => ({ ...one, pool }))),
    others: all.flatMap(({ others, pool }) => (others ?? []).map((one) => ({ ...one, pool }))),
    names: Object.fromEntries(
      all.flatMap(({ schedules }) => schedules.map(({ schedule_id, name }) => [schedule_id, name])),
    ),
    until: all.length
      ? Math.min(...all.map((one) => Date.parse(one.planned_until ?? one.until)))
      : null,
  };
}
