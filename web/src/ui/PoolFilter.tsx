import { useWords } from "../i18n/words";
import { useOverview } from "../overview/queries";

interface Props {
  value: string | undefined;
  onChange: (pool: string) => void;
}

/** Of one pool only; where there is but one, there is nothing to choose. */
export function PoolFilter({ value, onChange }: Props) {
  const words = useWords();
  const pools = useOverview().data?.pools.map(({ name }) => name) ?? [];
  const names = [...new Set([...pools, ...(value ? [value] : [])])];
  if (names.length < 2) return null;
  return (
    <select
      aria-label={words.editor.rules.pool.label}
      value={value ?? ""}
      onChange={({ target }) => onChange(target.value)}
    >
      <option value="">{words.pools.any}</option>
      {names.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}
