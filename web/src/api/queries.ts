import { QueryClient } from "@tanstack/react-query";
import { problemOf } from "./problem";

const MOST_TRIES = 3;
const SERVER_FAULT = 500;
const TOO_MANY = 429;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      refetchIntervalInBackground: false,
      refetchOnWindowFocus: true,
      retry: (failures, error) => failures < MOST_TRIES && isPassing(error),
      retryDelay: (failures, error) =>
        (problemOf(error)?.retryAfterSeconds ?? Math.min(2 ** failures, 8)) * 1000,
    },
    mutations: { retry: false },
  },
});

/** Whether the same request may well be granted in a moment. */
function isPassing(error: unknown): boolean {
  const status = problemOf(error)?.status;
  return status === 0 || status === TOO_MANY || (status !== undefined && status >= SERVER_FAULT);
}

/** Ask again for what a deed has changed: at once, and while what follows from it settles. */
export function touched(...keys: readonly string[]): void {
  for (const delay of [0, 1_000, 2_000, 4_000]) {
    setTimeout(() => {
      for (const key of keys) void queryClient.invalidateQueries({ queryKey: [key] });
    }, delay);
  }
}
