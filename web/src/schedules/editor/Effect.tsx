import { useWords } from "../../i18n/words";
import { about, useTimes } from "../../time/times";
import { Failure } from "../../ui/feedback";
import type { Form } from "./form";
import { MinuteStrip } from "./MinuteStrip";
import { atMinute, costOf, type Draft, fixedMinute, type Trial } from "./outlook";

interface Props {
  form: Form;
  change: (changes: Partial<Form>) => void;
  preview: Draft | undefined;
  trial: Trial | undefined;
  error: unknown;
}

const CHIPS = 3;
const SHOWN = 3;

/** What saving would bring, before it is saved: waits, overlaps, load, and minutes at which it would wait less. */
export function Effect({ form, change, preview, trial, error }: Props) {
  const words = useWords();
  const times = useTimes();
  const e = words.editor;
  const minute = form.cadence === "cron" ? fixedMinute(form.expression) : null;
  const move = (to: number) => change({ expression: atMinute(form.expression, to) });
  const effect = preview?.effect;
  const percent = (load: number) => `${times.number(load * 100)} %`;
  return (
    <section className="effect" aria-labelledby="effect">
      <h2 id="effect">{e.effect}</h2>
      {error ? <Failure error={error} /> : null}
      {!preview?.schedule && !error && <p className="hint">{e.fixFirst}</p>}
      {effect && (
        <>
          <p>
            {effect.mean_wait_seconds < 0.5 && effect.worst_wait_seconds < 0.5
              ? e.noWait
              : e.waits(
                  about(effect.mean_wait_seconds * 1000),
                  about(effect.worst_wait_seconds * 1000),
                )}
          </p>
          <p className="hint">
            {e.load(`${percent(effect.load_before)} → ${percent(effect.load_after)}`)}
          </p>
        </>
      )}
      {preview && preview.warnings.length > 0 && (
        <div className="effect-warnings" role="status">
          <strong>
            {preview.warnings.some(({ code }) => code === "overlap") ? e.overlap : e.warnings}
          </strong>
          <Warnings warnings={preview.warnings.slice(0, SHOWN)} />
          {preview.warnings.length > SHOWN && (
            <details>
              <summary>{e.moreWarnings(preview.warnings.length - SHOWN)}</summary>
              <Warnings warnings={preview.warnings.slice(SHOWN)} />
            </details>
          )}
        </div>
      )}
      {effect && preview?.warnings.length === 0 && <p className="is-good">{e.noWarnings}</p>}
      {trial && minute !== null && (
        <>
          <Quieter trial={trial} minute={minute} onMinute={move} />
          <MinuteStrip trial={trial} minute={minute} onMinute={move} />
        </>
      )}
    </section>
  );
}

/** The nearest minutes at which it would wait less. */
function Quieter({
  trial,
  minute,
  onMinute,
}: {
  trial: Trial;
  minute: number;
  onMinute: (minute: number) => void;
}) {
  const words = useWords();
  const here = trial.minutes[minute];
  if (!here || costOf(here) === 0) return null;
  const distance = (other: number) => {
    const apart = Math.abs(other - minute);
    return Math.min(apart, 60 - apart);
  };
  const best = Math.min(...trial.minutes.map(costOf));
  if (best >= costOf(here)) return null;
  const quieter = trial.minutes
    .filter((each) => costOf(each) === best)
    .toSorted((one, other) => distance(one.minute) - distance(other.minute))
    .slice(0, CHIPS);
  return (
    <div>
      <h3>{words.editor.quieter}</h3>
      <p className="hint">{words.editor.quieterHint}</p>
      <p className="chips">
        {quieter.map((each) => (
          <button
            key={each.minute}
            type="button"
            className="button small"
            onClick={() => onMinute(each.minute)}
          >
            {words.editor.minute(each.minute)}
          </button>
        ))}
      </p>
    </div>
  );
}

function Warnings({ warnings }: { warnings: Draft["warnings"] }) {
  return (
    <ul className="stack">
      {warnings.map((warning) => (
        <li key={`${warning.code} ${warning.schedule_id} ${warning.at}`}>{warning.message}</li>
      ))}
    </ul>
  );
}
