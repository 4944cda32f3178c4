import { useQuery } from "@tanstack/react-query";
import { api, call, type Schemas } from "../api/client";
import { every, pace } from "../api/pace";
import { serverAhead } from "../ui/time";
import { leads } from "./sharing";

export type Overview = Schemas["Overview"];
export type Pool = Overview["pools"][number];
export type Holder = Pool["holders"][number];
export type Waiting = Pool["queue"][number];

/** The one question that the shell and the overview ask again and again. */
export function useOverview() {
  return useQuery({
    queryKey: ["overview"],
    queryFn: async ({ signal }) => {
      const overview = await call(api.GET("/v1/overview", { signal }));
      serverAhead.set(Date.parse(overview.now) - Date.now());
      return overview;
    },
    // A tab that is told by another one asks only if it hears nothing for long.
    refetchInterval: (query) =>
      leads.get() ? pace(query.state.data ? isBusy(query.state.data) : false) : every(60),
  });
}

/** Whether something works or waits, so that something will change soon. */
export function isBusy(overview: Overview): boolean {
  return overview.pools.some((pool) => pool.holders.length > 0 || pool.waiting > 0);
}
