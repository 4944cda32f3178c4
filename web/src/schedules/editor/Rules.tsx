import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useId } from "react";
import { api, call } from "../../api/client";
import { useWords } from "../../i18n/words";
import { useOverview } from "../../overview/queries";
import { duration, useTimes } from "../../time/times";
import { MINE } from "../../time/zones";
import { Field } from "../../ui/field";
import type { PartProps } from "./EditorPage";
import type { Form } from "./form";

/** How it behaves: each rule with what it is for, and its default in place. */
export function Rules({ form, change, wrong }: PartProps) {
  const words = useWords();
  const { rules } = words.editor;
  const number = (
    name: keyof Form,
    { label, hint }: { label: string; hint: string },
    field: string,
    placeholder = "",
  ) => (
    <Field label={label} hint={[inWords(field, form[name]), hint].join("")} error={wrong(field)}>
      {(attributes) => (
        <input
          {...attributes}
          type="number"
          placeholder={placeholder}
          value={String(form[name])}
          onChange={({ target }) => change({ [name]: target.value })}
        />
      )}
    </Field>
  );
  return (
    <section className="editor-part" aria-labelledby="rules">
      <h2 id="rules">{words.editor.rulesTitle}</h2>
      <StepBudget form={form} change={change} wrong={wrong} />
      <Group title={words.editor.ruleGroups.waiting}>
        <Field label={rules.when_busy.label} hint={rules.when_busy.hint} error={wrong("when_busy")}>
          {(attributes) => (
            <select
              {...attributes}
              value={form.when_busy}
              onChange={({ target }) => change({ when_busy: target.value as Form["when_busy"] })}
            >
              <option value="queue">{rules.when_busy.queue}</option>
              <option value="skip">{rules.when_busy.skip}</option>
            </select>
          )}
        </Field>
        <PoolField form={form} change={change} wrong={wrong} />
        {number("queueLimit", rules.queueLimit, "queue_limit_seconds", "–")}
        {number("priority", rules.priority, "priority")}
        {number("jitter", rules.jitter, "jitter_seconds")}
      </Group>
      <Group title={words.editor.ruleGroups[form.target === "external" ? "missed" : "late"]}>
        <Field
          label={rules.misfire.label}
          hint={rules.misfire.hint}
          error={wrong("misfire.policy")}
        >
          {(attributes) => (
            <select
              {...attributes}
              value={form.misfire}
              onChange={({ target }) => change({ misfire: target.value as Form["misfire"] })}
            >
              <option value="run_once">{rules.misfire.run_once}</option>
              <option value="run_all">{rules.misfire.run_all}</option>
              <option value="skip">{rules.misfire.skip}</option>
            </select>
          )}
        </Field>
        {number("grace", rules.grace, "misfire.grace_seconds")}
      </Group>
      <Group title={words.editor.ruleGroups.time}>
        {number("timeout", rules.timeout, "timeout_seconds")}
        {number("lease", rules.lease, "lease_seconds", "–")}
        <Field
          label={rules.starts.label}
          hint={`${rules.starts.hint} ${words.editor.atHint(MINE)}`}
          error={wrong("starts_at")}
        >
          {(attributes) => (
            <input
              {...attributes}
              type="datetime-local"
              value={form.starts_at}
              onChange={({ target }) => change({ starts_at: target.value })}
            />
          )}
        </Field>
        <Field label={rules.ends.label} hint={rules.ends.hint} error={wrong("ends_at")}>
          {(attributes) => (
            <input
              {...attributes}
              type="datetime-local"
              value={form.ends_at}
              onChange={({ target }) => change({ ends_at: target.value })}
            />
          )}
        </Field>
      </Group>
      <Group title={words.editor.ruleGroups.failures}>
        {number("attempts", rules.attempts, "retry.max_attempts")}
        {number("delay", rules.delay, "retry.delay_seconds")}
        <Field label={rules.backoff.label} hint={rules.backoff.hint} error={wrong("retry.backoff")}>
          {(attributes) => (
            <select
              {...attributes}
              value={form.backoff}
              onChange={({ target }) => change({ backoff: target.value as Form["backoff"] })}
            >
              <option value="fixed">{rules.backoff.fixed}</option>
              <option value="exponential">{rules.backoff.exponential}</option>
            </select>
          )}
        </Field>
        {form.backoff === "exponential" &&
          number("maxDelay", rules.maxDelay, "retry.max_delay_seconds")}
        {number("failures", rules.breaker, "breaker.failures")}
        {number("breaches", rules.breaches, "breaker.budget_breaches")}
        {number("interruptions", rules.interruptions, "breaker.interruptions")}
      </Group>
    </section>
  );
}

/** What a number of seconds is, where one would have to reckon: `= 20 m. ` */
function inWords(field: string, value: unknown): string {
  const seconds = Number(value);
  return field.endsWith("_seconds") && seconds > 60 ? `= ${duration(seconds * 1000)}. ` : "";
}

/** Rules about one thing. */
function Group({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a legend cannot be laid out as a heading
    <div className="rules-group" role="group" aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      <div className="rules-grid">{children}</div>
    </div>
  );
}

/** Which slots it takes; where there is one pool, there is nothing to choose. */
function PoolField({ form, change, wrong }: PartProps) {
  const { rules } = useWords().editor;
  const pools = useOverview().data?.pools.map(({ name }) => name) ?? [];
  const names = [...new Set([...pools, form.pool])];
  if (names.length < 2) return null;
  return (
    <Field label={rules.pool.label} hint={rules.pool.hint} error={wrong("pool")}>
      {(attributes) => (
        <select
          {...attributes}
          value={form.pool}
          onChange={({ target }) => change({ pool: target.value })}
        >
          {names.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )}
    </Field>
  );
}

const BUDGETS = ["max_steps", "max_tokens", "max_cost"] as const;

/** How many steps an agent may take: what one is, what similar schedules take, and that words are no limit. */
function StepBudget({ form, change, wrong }: PartProps) {
  const words = useWords();
  const times = useTimes();
  const { budget, rules } = words.editor;
  const name = similarName(form);
  // What is done elsewhere is like nothing else here.
  const kind = form.target === "external" ? "function" : form.target;
  const { data } = useQuery({
    queryKey: ["budget", form.target, name],
    queryFn: ({ signal }) =>
      call(
        api.GET("/v1/budget-suggestion", {
          params: { query: { type: kind, name } },
          signal,
        }),
      ),
    enabled: name !== "",
    retry: false,
  });
  const similar = data?.similar ?? [];
  const of = (name: (typeof BUDGETS)[number]) => data?.[`suggested_${name}`];
  const suggested = BUDGETS.filter((name) => of(name) != null);
  const average =
    similar.reduce((sum, each) => sum + each.average_steps, 0) / Math.max(similar.length, 1);
  return (
    <div className="budget">
      <div className="budget-fields">
        {BUDGETS.map((name) => (
          <Field key={name} label={rules[name].label} hint={rules[name].hint} error={wrong(name)}>
            {(attributes) => (
              <input
                {...attributes}
                type="number"
                min={name === "max_cost" ? 0 : 1}
                step={name === "max_cost" ? "any" : 1}
                placeholder={words.editor.noLimit}
                value={form[name]}
                onChange={({ target }) => change({ [name]: target.value })}
              />
            )}
          </Field>
        ))}
      </div>
      <div className="budget-text">
        <p>{budget.explain}</p>
        <p>
          {similar.length > 0
            ? budget.similar(similar.length, times.number(average))
            : budget.nothingSimilar}{" "}
          {suggested.length > 0 && (
            <>
              {budget.suggests(
                suggested
                  .map((name) => `${rules[name].label} ${times.number(of(name) ?? 0, 4)}`)
                  .join(", "),
              )}{" "}
              <button
                type="button"
                className="link"
                onClick={() =>
                  change(Object.fromEntries(suggested.map((name) => [name, String(of(name))])))
                }
              >
                {budget.use}
              </button>
            </>
          )}
        </p>
        <p className="hint">{budget.noWords}</p>
      </div>
    </div>
  );
}

function similarName(form: Form): string {
  if (form.target === "function") return form.job;
  if (form.target === "external") return "";
  if (form.target !== "http") return form.arn.trim();
  try {
    return new URL(form.url).host;
  } catch {
    return "";
  }
}
