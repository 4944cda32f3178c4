import { problemOf } from "../../api/problem";
import { useWords } from "../../i18n/words";
import { useTimes } from "../../time/times";
import { allZones, isZone, MINE } from "../../time/zones";
import { Choice, Field } from "../../ui/field";
import { Time } from "../../ui/time";
import { type Cadence, usePreview } from "../queries";
import { PRESET_HOURS } from "../ScheduleControl";
import type { PartProps } from "./EditorPage";
import { type CadenceKind, cadenceOf, type Form } from "./form";
import { useRested } from "./outlook";

const HOUR = 3600;
const KINDS: readonly CadenceKind[] = ["interval", "cron", "once", "manual"];

/** When it fires: presets, a cron expression, once, or by hand; with its next times as one types. */
export function When({ form, change, wrong }: PartProps) {
  const words = useWords();
  const times = useTimes();
  const e = words.editor;
  const isPreset = (hours: number) =>
    form.seconds === String(hours * HOUR) && form.from === "completion";
  return (
    <section className="editor-part" aria-labelledby="when">
      <h2 id="when">{e.when}</h2>
      <Choice<CadenceKind>
        label={words.schedules.cadence}
        value={form.cadence}
        onChange={(cadence) => change({ cadence })}
        options={KINDS.map((value) => ({ value, label: e.cadenceKinds[value] }))}
      />
      {form.cadence === "interval" && (
        <>
          <fieldset className="presets">
            <legend>{e.presets}</legend>
            <button
              type="button"
              className="button small"
              aria-pressed={false}
              onClick={() => change({ cadence: "manual" })}
            >
              {words.schedules.off}
            </button>
            {PRESET_HOURS.map((hours) => (
              <button
                key={hours}
                type="button"
                className={isPreset(hours) ? "button small primary" : "button small"}
                aria-pressed={isPreset(hours)}
                onClick={() => change({ seconds: String(hours * HOUR), from: "completion" })}
              >
                {hours} h
              </button>
            ))}
          </fieldset>
          <div className="field-row">
            <Field label={e.seconds} error={wrong("cadence.seconds")}>
              {(attributes) => (
                <input
                  {...attributes}
                  type="number"
                  min={60}
                  value={form.seconds}
                  onChange={({ target }) => change({ seconds: target.value })}
                />
              )}
            </Field>
            <Field label={e.from.label}>
              {(attributes) => (
                <select
                  {...attributes}
                  value={form.from}
                  onChange={({ target }) => change({ from: target.value as Form["from"] })}
                >
                  <option value="completion">{e.from.completion}</option>
                  <option value="grid">{e.from.grid}</option>
                </select>
              )}
            </Field>
            {form.from === "grid" && (
              <Field
                label={e.anchor}
                hint={`${e.anchorHint} ${e.atHint(MINE)}`}
                error={wrong("cadence.anchor")}
              >
                {(attributes) => (
                  <input
                    {...attributes}
                    type="datetime-local"
                    value={form.anchor}
                    onChange={({ target }) => change({ anchor: target.value })}
                  />
                )}
              </Field>
            )}
          </div>
        </>
      )}
      {form.cadence === "cron" && <CronFields form={form} change={change} wrong={wrong} />}
      {form.cadence === "once" && (
        <Field label={e.at} hint={e.atHint(MINE)} error={wrong("cadence.at")}>
          {(attributes) => (
            <input
              {...attributes}
              type="datetime-local"
              value={form.at}
              onChange={({ target }) => change({ at: target.value })}
            />
          )}
        </Field>
      )}
      {form.cadence === "manual" && <p className="hint">{e.noTimes}</p>}
      {form.cadence !== "cron" && <NextTimes form={form} />}
      <span className="unseen">{times.zoneName(Date.now())}</span>
    </section>
  );
}

function CronFields({ form, change, wrong }: PartProps) {
  const words = useWords();
  const e = words.editor;
  const preview = usePreview(useRested(cadenceOf(form)) as Cadence, 5);
  const problem = problemOf(preview.error);
  return (
    <>
      <div className="field-row">
        <Field
          label={e.expression}
          hint={preview.data?.description ?? e.expressionHint}
          error={wrong("cadence.expression") || problem?.at("cadence.expression")}
        >
          {(attributes) => (
            <input
              {...attributes}
              className="code-input"
              spellCheck={false}
              autoComplete="off"
              value={form.expression}
              onChange={({ target }) => change({ expression: target.value })}
            />
          )}
        </Field>
        <Field label={e.zone} error={wrong("cadence.timezone") || problem?.at("cadence.timezone")}>
          {(attributes) => (
            <>
              <input
                {...attributes}
                list="zones"
                value={form.timezone}
                onChange={({ target }) => change({ timezone: target.value })}
              />
              <datalist id="zones">
                {allZones().map((zone) => (
                  <option key={zone} value={zone} />
                ))}
              </datalist>
            </>
          )}
        </Field>
      </div>
      <NextTimes form={form} />
    </>
  );
}

/** The next five times, with what daylight saving does to them. */
function NextTimes({ form }: { form: Form }) {
  const words = useWords();
  const cadence = useRested(cadenceOf(form)) as Cadence;
  const { data } = usePreview(form.cadence === "manual" ? null : cadence, 5);
  if (form.cadence === "manual" || !data || data.fire_times.length === 0) return null;
  const zone = form.cadence === "cron" && isZone(form.timezone) ? form.timezone : null;
  return (
    <div className="next-times">
      <h3>{words.editor.nextTimes}</h3>
      <ol>
        {data.fire_times.map((fire) => (
          <li key={fire.at}>
            <Time at={fire.at} zone={zone} />
            {fire.note && <span className="why-short">{fire.note}</span>}
          </li>
        ))}
      </ol>
    </div>
  );
}
