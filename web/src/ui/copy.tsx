import { Copy } from "lucide-react";
import { useWords } from "../i18n/words";
import { tell } from "./toast";

/** Put text on the clipboard. Where a page may not (plain HTTP), by way of a selection. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "unseen";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const words = useWords();
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={label}
      title={label}
      onClick={async () => {
        const done = await copyText(text);
        tell({ text: done ? words.ui.copied : words.ui.notCopied, isError: !done });
      }}
    >
      <Copy aria-hidden="true" />
    </button>
  );
}
