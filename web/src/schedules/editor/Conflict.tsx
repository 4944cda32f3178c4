import { useState } from "react";
import { useWords } from "../../i18n/words";
import { Dialog } from "../../ui/dialog";
import { Choice } from "../../ui/field";
import { changesBetween, type Definition } from "./form";

export interface Theirs {
  definition: Definition;
  etag: string | null;
}

interface Props {
  base: Definition;
  yours: Definition;
  theirs: Theirs;
  isPending: boolean;
  onClose: () => void;
  onSave: (changes: Definition) => void;
}

/** Somebody else was there first: both versions, field by field, and a choice for each that differs. */
export function Conflict({ base, yours, theirs, isPending, onClose, onSave }: Props) {
  const words = useWords();
  const own = changesBetween(base, yours);
  const fields = Object.keys(changesBetween(theirs.definition, yours));
  const [kept, setKept] = useState<Record<string, boolean>>(() =>
    Object.fromEntries(fields.map((name) => [name, name in own])),
  );
  return (
    <Dialog title={words.editor.conflict} onClose={onClose} wide>
      <div className="dialog-body">
        <p>{words.editor.conflictText}</p>
        <div className="table-scroll">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{words.activity.field}</th>
                <th scope="col">{words.editor.theirs}</th>
                <th scope="col">{words.editor.yours}</th>
                <th scope="col">
                  <span className="unseen">{words.ui.actions}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {fields.map((name) => (
                <tr key={name}>
                  <th scope="row">
                    <code>{name}</code>
                  </th>
                  <td>
                    <pre className="code">{shown(theirs.definition[name])}</pre>
                  </td>
                  <td>
                    <pre className="code">{shown(yours[name])}</pre>
                  </td>
                  <td>
                    <Choice
                      label={name}
                      value={kept[name] ? "yours" : "theirs"}
                      onChange={(which) => setKept({ ...kept, [name]: which === "yours" })}
                      options={[
                        { value: "theirs", label: words.editor.takeTheirs },
                        { value: "yours", label: words.editor.keepYours },
                      ]}
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </div>
      <footer className="dialog-foot">
        <button type="button" className="button" onClick={onClose}>
          {words.ui.cancel}
        </button>
        <button
          type="button"
          className="button primary"
          disabled={isPending}
          onClick={() =>
            onSave(
              Object.fromEntries(
                fields.filter((name) => kept[name]).map((name) => [name, yours[name]]),
              ),
            )
          }
        >
          {words.editor.saveChosen}
        </button>
      </footer>
    </Dialog>
  );
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 1);
}
