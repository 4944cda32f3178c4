import { useQuery } from "@tanstack/react-query";
import { api, call, type Schemas } from "./client";

export type Scope = "viewer" | "operator" | "admin" | "owner";
export type Me = Schemas["Me"];

/** Who is signed in, and what they may do. */
export function useMe() {
  return useQuery({
    queryKey: ["me"],
    queryFn: ({ signal }) => call(api.GET("/v1/me", { signal })),
    staleTime: 10 * 60_000,
  });
}

/** Whether the caller's scope includes that one. What it does not include is not shown. */
export function useMay(scope: Scope): boolean {
  return useMe().data?.scopes.includes(scope) ?? false;
}
