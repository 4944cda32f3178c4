import { useWords } from "../i18n/words";
import { Field } from "../ui/field";
import type { RunLimits } from "./queries";

/** Limits as they are typed; empty stands for the schedule's own. */
export interface TypedLimits {
  max_steps: string;
  max_tokens: string;
  max_cost: string;
}

export const NO_LIMITS: TypedLimits = { max_steps: "", max_tokens: "", max_cost: "" };
const NAMES = ["max_steps", "max_tokens", "max_cost"] as const;

interface Props {
  typed: TypedLimits;
  own: { [name in keyof TypedLimits]: number | null };
  onChange: (typed: TypedLimits) => void;
  wrong?: (field: string) => string | undefined;
}

/** What this one run may use up. */
export function LimitFields({ typed, own, onChange, wrong }: Props) {
  const words = useWords();
  return (
    <div className="limit-fields">
      {NAMES.map((name) => (
        <Field key={name} label={words.runNow.limits[name]} error={wrong?.(name)}>
          {(attributes) => (
            <input
              {...attributes}
              type="number"
              min={name === "max_cost" ? 0 : 1}
              step={name === "max_cost" ? "any" : 1}
              placeholder={own[name] === null ? words.editor.noLimit : String(own[name])}
              value={typed[name]}
              onChange={({ target }) => onChange({ ...typed, [name]: target.value })}
            />
          )}
        </Field>
      ))}
      <p className="hint">{words.runNow.limitsHint}</p>
    </div>
  );
}

export function limitsOf(typed: TypedLimits): RunLimits {
  const given = NAMES.filter((name) => typed[name].trim() !== "");
  return Object.fromEntries(given.map((name) => [name, Number(typed[name])]));
}
