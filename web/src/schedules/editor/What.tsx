import { useMutation } from "@tanstack/react-query";
import { api, call } from "../../api/client";
import { useWords } from "../../i18n/words";
import { Failure } from "../../ui/feedback";
import { Field } from "../../ui/field";
import { CallersLine } from "../CallersLine";
import type { PartProps } from "./EditorPage";
import type { Form, TargetKind } from "./form";
import { type Schema, useJobs } from "./jobs";
import { AnyJsonField, JsonField, SchemaForm } from "./SchemaForm";

const KINDS: readonly TargetKind[] = ["function", "http", "lambda", "step_function", "external"];
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** What it is called, and what it runs. */
export function What({
  form,
  change,
  wrong,
  scheduleId,
}: PartProps & { scheduleId: string | null }) {
  const words = useWords();
  const e = words.editor;
  return (
    <section className="editor-part" aria-labelledby="what">
      <h2 id="what">{e.what}</h2>
      <Field label={words.schedules.name} error={wrong("name")}>
        {(attributes) => (
          <input
            {...attributes}
            value={form.name}
            maxLength={200}
            onChange={({ target }) => change({ name: target.value })}
          />
        )}
      </Field>
      <div className="field-row">
        <Field label={e.description} error={wrong("description")}>
          {(attributes) => (
            <textarea
              {...attributes}
              rows={2}
              value={form.description}
              onChange={({ target }) => change({ description: target.value })}
            />
          )}
        </Field>
        <Field label={e.tags} hint={e.tagsHint} error={wrong("tags")}>
          {(attributes) => (
            <input
              {...attributes}
              value={form.tags}
              onChange={({ target }) => change({ tags: target.value })}
            />
          )}
        </Field>
      </div>
      {scheduleId === null && (
        <label className="row">
          <input
            type="checkbox"
            checked={form.enabled}
            onChange={({ target }) => change({ enabled: target.checked })}
          />
          {e.enabled}
        </label>
      )}
      <Field label={e.targetKind} error={wrong("target.type")}>
        {(attributes) => (
          <select
            {...attributes}
            value={form.target}
            onChange={({ target }) => change({ target: target.value as TargetKind })}
          >
            {KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {words.targets[kind]}
              </option>
            ))}
          </select>
        )}
      </Field>
      {form.target === "function" && <JobFields form={form} change={change} wrong={wrong} />}
      {form.target === "http" && <HttpFields form={form} change={change} wrong={wrong} />}
      {(form.target === "lambda" || form.target === "step_function") && (
        <ArnFields form={form} change={change} wrong={wrong} />
      )}
      {form.target === "external" && <CallersLine name={form.name.trim() || e.external.name} />}
      {scheduleId && <CheckNow id={scheduleId} />}
    </section>
  );
}

function JobFields({ form, change, wrong }: PartProps) {
  const words = useWords();
  const { data } = useJobs();
  const job = data?.items.find(({ name }) => name === form.job);
  return (
    <>
      <Field
        label={words.editor.job}
        {...(job?.description && { hint: job.description })}
        error={wrong("target.name")}
      >
        {(attributes) => (
          <select
            {...attributes}
            value={form.job}
            onChange={({ target }) => change({ job: target.value, params: {} })}
          >
            <option value="">{words.editor.chooseJob}</option>
            {form.job && !job && <option value={form.job}>{form.job}</option>}
            {data?.items.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        )}
      </Field>
      {job && (
        <SchemaForm
          key={job.name}
          schema={job.params_schema as Schema}
          value={form.params}
          label={words.editor.parameters}
          onChange={(params) => change({ params })}
          error={wrong("target.params")}
        />
      )}
    </>
  );
}

function HttpFields({ form, change, wrong }: PartProps) {
  const words = useWords();
  const e = words.editor;
  return (
    <>
      <div className="field-row is-url">
        <Field label={e.method} error={wrong("target.method")}>
          {(attributes) => (
            <select
              {...attributes}
              value={form.method}
              onChange={({ target }) => change({ method: target.value })}
            >
              {METHODS.map((method) => (
                <option key={method}>{method}</option>
              ))}
            </select>
          )}
        </Field>
        <Field label={e.url} error={wrong("target.url")}>
          {(attributes) => (
            <input
              {...attributes}
              type="url"
              value={form.url}
              onChange={({ target }) => change({ url: target.value })}
            />
          )}
        </Field>
      </div>
      <JsonField
        label={e.headers}
        hint={e.headersHint}
        value={form.headers}
        onChange={(headers) => change({ headers })}
        error={wrong("target.headers")}
      />
      <AnyJsonField
        label={e.body}
        hint={e.bodyHint}
        value={form.body}
        onChange={(body) => {
          change({ body });
          return "";
        }}
        error={wrong("target.body")}
      />
      <div className="field-row">
        <Completion form={form} change={change} />
        <Field
          label={e.successCodes}
          hint={e.successCodesHint}
          error={wrong("target.success_codes")}
        >
          {(attributes) => (
            <input
              {...attributes}
              inputMode="numeric"
              placeholder="200–299"
              value={form.successCodes}
              onChange={({ target }) => change({ successCodes: target.value })}
            />
          )}
        </Field>
        <Field
          label={e.signingSecret}
          hint={e.signingSecretHint}
          error={wrong("target.signing_secret")}
        >
          {(attributes) => (
            <input
              {...attributes}
              autoComplete="off"
              spellCheck={false}
              value={form.signingSecret}
              onChange={({ target }) => change({ signingSecret: target.value })}
            />
          )}
        </Field>
      </div>
      <label className="row">
        <input
          type="checkbox"
          checked={form.probe}
          onChange={({ target }) => change({ probe: target.checked })}
        />
        {e.probe}
      </label>
    </>
  );
}

function ArnFields({ form, change, wrong }: PartProps) {
  const words = useWords();
  const arn = form.target === "lambda" ? "target.function_arn" : "target.state_machine_arn";
  return (
    <>
      <Field label={words.editor.arn} error={wrong(arn)}>
        {(attributes) => (
          <input
            {...attributes}
            className="code-input"
            value={form.arn}
            onChange={({ target }) => change({ arn: target.value })}
          />
        )}
      </Field>
      <JsonField
        label={words.editor.input}
        value={form.input}
        onChange={(input) => change({ input })}
        error={wrong(form.target === "lambda" ? "target.payload" : "target.input")}
      />
      <Completion form={form} change={change} />
    </>
  );
}

function Completion({ form, change }: Pick<PartProps, "form" | "change">) {
  const { completion } = useWords().editor;
  return (
    <Field label={completion.label}>
      {(attributes) => (
        <select
          {...attributes}
          value={form.completion}
          onChange={({ target }) => change({ completion: target.value as Form["completion"] })}
        >
          <option value="response">{completion.response}</option>
          <option value="callback">{completion.callback}</option>
        </select>
      )}
    </Field>
  );
}

/** Whether the target that is saved could run now. */
function CheckNow({ id }: { id: string }) {
  const words = useWords();
  const check = useMutation({
    mutationFn: () =>
      call(
        api.POST("/v1/schedules/{schedule_id}/check", { params: { path: { schedule_id: id } } }),
      ),
  });
  return (
    <div className="check-now">
      <button
        type="button"
        className="button small"
        disabled={check.isPending}
        onClick={() => check.mutate()}
      >
        {words.editor.check}
      </button>
      {check.error && <Failure error={check.error} />}
      {check.data && (
        <ul role="status">
          <li className={check.data.ready ? "is-good" : "is-bad"}>
            {check.data.ready ? words.editor.ready : words.editor.notReady}
          </li>
          {check.data.checks.map(({ name, ok, detail }) => (
            <li key={name} className={ok ? "" : "is-bad"}>
              {ok ? "✓" : "✕"} {name}: {detail}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
