import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";

export type Search = Record<string, string | undefined>;

/**
 * Change what the address says of the present page: filters, tabs, the instant looked at. What is empty goes
 * out of it. The page stays where it is, and so does the place in it.
 */
export function useSearchChange(): (changes: Search) => void {
  const navigate = useNavigate();
  return useCallback(
    (changes: Search) => {
      const search = (before: Search) => withoutEmpty({ ...before, ...changes });
      void navigate({ to: ".", search: search as never, replace: true, resetScroll: false });
    },
    [navigate],
  );
}

function withoutEmpty(search: Search): Search {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value));
}
