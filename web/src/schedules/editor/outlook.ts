import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, call, type Schemas } from "../../api/client";
import type { Schedule } from "../queries";
import type { Definition } from "./form";

export type Draft = Omit<Schemas["Draft"], "schedule"> & { schedule: Schedule | null };
export type Trial = Schemas["Trial"];
export type AtMinute = Trial["minutes"][number];

const TYPED_MS = 400;

/** A value once its changes rest. */
export function useRested<T>(value: T): T {
  const text = JSON.stringify(value);
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), TYPED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return JSON.parse(rested) as T;
}

/** What saving would say and bring; nothing is saved by asking. `scheduleId`: the definition is a patch of it. */
export function useDraftPreview(definition: Definition, scheduleId: string | null) {
  const rested = useRested(definition);
  return useQuery({
    queryKey: ["forecast", "draft", scheduleId, rested],
    queryFn: ({ signal }) =>
      call(
        api.POST("/v1/schedules/preview", {
          body: {
            definition: rested,
            ...(scheduleId && { schedule_id: scheduleId }),
            check: false,
            count: 5,
          },
          signal,
        }),
      ),
    placeholderData: (before) => before,
    staleTime: 30_000,
  });
}

/** What each minute of the hour would bring to a cron with one fixed minute; one call for all sixty. */
export function useTrial(
  scheduleId: string | null,
  definition: Definition | null,
  enabled: boolean,
) {
  const rested = useRested(definition);
  return useQuery({
    queryKey: ["forecast", "trial", scheduleId, rested],
    queryFn: ({ signal }) =>
      call(
        api.POST("/v1/forecast/trial", {
          body: {
            hours: 24,
            ...(scheduleId && { schedule_id: scheduleId }),
            ...(rested && { definition: rested }),
          },
          signal,
        }),
      ),
    enabled,
    placeholderData: (before) => before,
    staleTime: 60_000,
    retry: false,
  });
}

const ONE_MINUTE = /^\s*(\d{1,2})(\s)/;

/** The one minute of the hour at which a cron expression fires; null if there is not just one. */
export function fixedMinute(expression: string): number | null {
  const found = ONE_MINUTE.exec(expression);
  return found ? Number(found[1]) : null;
}

/** The same expression at another minute. */
export function atMinute(expression: string, minute: number): string {
  return expression.replace(ONE_MINUTE, `${minute}$2`);
}

/** How long runs wait at a minute, in seconds over all of them; runs that are lost count as the longest wait. */
export function costOf(minute: AtMinute): number {
  const lost = minute.fire_times - minute.runs;
  return minute.mean_wait_seconds * minute.runs + lost * 3600;
}
