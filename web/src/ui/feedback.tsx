import { RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import { type Problem, problemOf } from "../api/problem";
import { useWords, type Words } from "../i18n/words";

/** What a person is told about a request that failed. */
export function explained(words: Words, error: unknown): string {
  const problem = problemOf(error);
  if (problem === null) return words.problems.unexpected;
  return problem.message || byStatus(words, problem);
}

function byStatus(words: Words, problem: Problem): string {
  if (problem.status === 0) return words.problems.unreachable;
  return words.problems.refused(problem.status);
}

/** That something could not be loaded or done, why, and a way to try again. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const words = useWords();
  return (
    <div className="failure" role="alert">
      <span>{explained(words, error)}</span>
      {retry && (
        <button type="button" className="button small" onClick={retry}>
          <RotateCw aria-hidden="true" /> {words.ui.retry}
        </button>
      )}
    </div>
  );
}

/** Something's shape until it is there. */
export function Skeleton({ rows = 4 }: { rows?: number }) {
  const words = useWords();
  return (
    <div className="skeleton">
      <span className="unseen">{words.ui.loading}</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
        <div key={row} className="skeleton-row" aria-hidden="true" />
      ))}
    </div>
  );
}

/** That there is nothing, and what one may do about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}

interface Loaded<T> {
  data: T | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
}

/** What a query has brought; before that its skeleton, or why it failed. Old data stays while it fails. */
export function Loading<T>({
  query,
  rows,
  children,
}: {
  query: Loaded<T>;
  rows?: number;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) {
    return (
      <>
        {query.error ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
        {children(query.data)}
      </>
    );
  }
  if (query.error) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return <Skeleton {...(rows !== undefined && { rows })} />;
}
