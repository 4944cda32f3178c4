import { useWords } from "../../i18n/words";
import type { Schedule } from "../queries";
import type { Definition, Form } from "./form";

interface Props {
  definition: Definition;
  before: Schedule | null;
  form: Form;
  change: (changes: Partial<Form>) => void;
}

/** What saving would bring, before it is saved. */
export function Effect(_props: Props) {
  const words = useWords();
  return (
    <div className="effect">
      <h2>{words.editor.effect}</h2>
      <p className="hint">{words.editor.fixFirst}</p>
    </div>
  );
}
