import { useWords } from "../i18n/words";
import { CopyButton } from "../ui/copy";

/** What work that is done elsewhere has to do with the slot, and the line that takes it there. */
export function CallersLine({ name }: { name: string }) {
  const { external } = useWords().editor;
  const line = `baton exec ${quoted(name)} --wait -- your-command`;
  return (
    <div className="callers-line">
      <p>{external.text}</p>
      <p className="secret">
        <code>{line}</code>
        <CopyButton text={line} label={external.copy} />
      </p>
      <p className="hint">{external.missed}</p>
    </div>
  );
}

/** A name as a shell takes it for one word. */
export function quoted(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`;
}
