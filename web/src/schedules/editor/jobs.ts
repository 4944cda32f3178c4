import { useQuery } from "@tanstack/react-query";
import { api, call, type Schemas } from "../../api/client";
import type { Target } from "../queries";

export type Job = Schemas["JobList"]["items"][number];

/** The part of JSON Schema that job parameters are described in. */
export interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  anyOf?: Schema[];
}

export function useJobs() {
  return useQuery({
    queryKey: ["jobs"],
    queryFn: ({ signal }) => call(api.GET("/v1/jobs", { signal })),
    staleTime: 5 * 60_000,
  });
}

/** What the parameters of a target look like; null where nobody says. */
export function useSchema(target: Target): Schema | null {
  const { data } = useJobs();
  if (target.type !== "function") return null;
  const job = data?.items.find(({ name }) => name === target.name);
  return (job?.params_schema as Schema | undefined) ?? null;
}
