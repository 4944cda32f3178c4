import type { ErrorComponentProps } from "@tanstack/react-router";
import { useWords } from "../i18n/words";

/** What is shown in place of a page whose code failed. What was being written is kept. */
export function Crashed({ error, reset }: ErrorComponentProps) {
  const words = useWords();
  return (
    <div className="page" role="alert">
      <h1>{words.shell.crashed}</h1>
      <p>{words.shell.crashedText}</p>
      <pre className="code">{error instanceof Error ? error.message : String(error)}</pre>
      <p className="actions">
        <button type="button" className="button" onClick={reset}>
          {words.ui.retry}
        </button>
        <button type="button" className="button" onClick={() => location.reload()}>
          {words.shell.reload}
        </button>
      </p>
    </div>
  );
}
