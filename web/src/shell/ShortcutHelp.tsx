import { useWords } from "../i18n/words";
import { prefer, usePreferences } from "../preferences";
import { Dialog } from "../ui/dialog";
import { Switch } from "../ui/field";
import { DESTINATIONS } from "./navigation";

export default function ShortcutHelp({ onClose }: { onClose: () => void }) {
  const words = useWords();
  const { shortcuts } = usePreferences();
  const keys: [string, string][] = [
    ["Ctrl K", words.keys.palette],
    ["?", words.keys.help],
    [".", words.keys.pause],
    ["/", words.keys.search],
    ...DESTINATIONS.map(({ key, word }): [string, string] => [`g ${key}`, words.nav[word]]),
    ["j k", words.keys.rows],
    ["x", words.keys.select],
    ["Enter", words.keys.open],
    ["e", words.keys.edit],
    ["r", words.keys.run],
    ["l", words.keys.log],
    ["p", words.keys.toggle],
    ["n", words.keys.create],
    ["← → ↑ ↓", words.keys.timeline],
    ["+ − t", words.keys.zoom],
  ];
  return (
    <Dialog title={words.shell.shortcuts} onClose={onClose}>
      <div className="dialog-body">
        <p className="row">
          <Switch
            label={words.keys.single}
            isOn={shortcuts}
            onChange={(isOn) => prefer({ shortcuts: isOn })}
          />
          <span aria-hidden="true">{words.keys.single}</span>
        </p>
        <dl className="keys">
          {keys.map(([key, what]) => (
            <div key={key}>
              <dt>
                {key.split(" ").map((part) => (
                  <kbd key={part}>{part}</kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
      </div>
    </Dialog>
  );
}
