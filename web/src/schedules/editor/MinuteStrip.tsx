import { useWords } from "../../i18n/words";
import { about } from "../../time/times";
import { costOf, type Trial } from "./outlook";

interface Props {
  trial: Trial;
  minute: number;
  onMinute: (minute: number) => void;
}

/** The sixty minutes of the hour, as high as the wait that each would bring; arrow keys go along it. */
export function MinuteStrip({ trial, minute, onMinute }: Props) {
  const words = useWords();
  const e = words.editor;
  const most = Math.max(...trial.minutes.map(costOf), 1);
  const here = trial.minutes[minute];
  const wait = here ? waitText(words.editor.noWait, here.mean_wait_seconds) : "";
  return (
    <div className="minute-strip">
      <div className="strip" aria-hidden="true">
        {trial.minutes.map((each) => {
          const cost = costOf(each);
          return (
            <button
              key={each.minute}
              type="button"
              tabIndex={-1}
              className={[cost === 0 && "is-free", each.minute === minute && "is-here"]
                .filter(Boolean)
                .join(" ")}
              title={e.stripAt(e.minute(each.minute), waitText(e.noWait, each.mean_wait_seconds))}
              onClick={() => onMinute(each.minute)}
            >
              <span style={{ height: `${8 + (92 * cost) / most}%` }} />
            </button>
          );
        })}
      </div>
      <input
        type="range"
        min={0}
        max={59}
        value={minute}
        aria-label={e.strip}
        aria-valuetext={e.stripAt(e.minute(minute), wait)}
        onChange={({ target }) => onMinute(Number(target.value))}
      />
      <p className="hint">{e.stripAt(e.minute(minute), wait)}</p>
    </div>
  );
}

function waitText(none: string, seconds: number): string {
  return seconds < 0.5 ? none : about(seconds * 1000);
}
