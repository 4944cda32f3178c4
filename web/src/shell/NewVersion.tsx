import { useRef } from "react";
import { useWords } from "../i18n/words";
import { useOverview } from "../overview/queries";

/** That another version was deployed since this tab was opened. */
export function NewVersion() {
  const words = useWords();
  const { data } = useOverview();
  const first = useRef<string | undefined>(undefined);
  first.current ??= data?.build;
  if (!data || data.build === first.current) return null;
  return (
    <div className="banner" role="status">
      {words.shell.newVersion}
      <button type="button" className="button small" onClick={() => location.reload()}>
        {words.shell.reload}
      </button>
    </div>
  );
}
