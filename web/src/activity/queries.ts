import { useInfiniteQuery } from "@tanstack/react-query";
import { api, call, type Schemas } from "../api/client";
import { every } from "../api/pace";

export type Activity = Schemas["ActivityList"]["items"][number];

export interface ActivityFilter {
  subject?: string;
  actor?: string;
  action?: string;
}

const SECONDS = 60;

export function useActivity(filter: ActivityFilter) {
  return useInfiniteQuery({
    queryKey: ["activity", filter],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      call(
        api.GET("/v1/activity", {
          params: { query: { limit: 50, ...filter, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (before) => before,
    refetchInterval: () => every(SECONDS),
  });
}
