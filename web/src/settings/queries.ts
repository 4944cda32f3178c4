import { useMutation, useQuery } from "@tanstack/react-query";
import { answered, api, call, type Schemas } from "../api/client";
import { queryClient, touched } from "../api/queries";

/** Settings as one reads them: numbers, lists, and groups of numbers. */
export type Value = number | string | string[] | { [name: string]: number };
export type Settings = Record<string, Value>;
export type Pool = Schemas["PoolIn"];

export function useSettings() {
  return useQuery({
    queryKey: ["settings"],
    queryFn: async ({ signal }) => {
      const { data, etag } = await answered(api.GET("/v1/settings", { signal }));
      return { settings: data as unknown as Settings, etag };
    },
  });
}

export function useLimits() {
  return useQuery({
    queryKey: ["limits"],
    queryFn: ({ signal }) => call(api.GET("/v1/limits", { signal })),
    staleTime: 30_000,
  });
}

export function useSaveSettings() {
  return useMutation({
    mutationFn: ({ changes, etag }: { changes: object; etag: string | null }) =>
      call(
        api.PATCH("/v1/settings", {
          params: { header: { ...(etag && { "If-Match": etag }) } },
          body: changes as never,
        }),
      ),
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: ["settings"] });
      touched("limits", "overview", "forecast");
    },
  });
}
