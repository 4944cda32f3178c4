import { MINE } from "../../time/zones";
import type { Schedule } from "../queries";

export type CadenceKind = "interval" | "cron" | "once" | "manual";
export type TargetKind = "function" | "http" | "lambda" | "step_function" | "external";
type Json = Record<string, unknown>;

/** What is being written: text as it is typed, so that nothing is lost on its way through a number. */
export interface Form {
  name: string;
  description: string;
  tags: string;
  enabled: boolean;
  cadence: CadenceKind;
  seconds: string;
  from: "completion" | "grid";
  anchor: string;
  expression: string;
  timezone: string;
  at: string;
  target: TargetKind;
  job: string;
  params: Json;
  method: string;
  url: string;
  headers: Json;
  body: unknown;
  successCodes: string;
  signingSecret: string;
  probe: boolean;
  arn: string;
  input: Json;
  completion: "response" | "callback";
  when_busy: "queue" | "skip";
  misfire: "run_once" | "run_all" | "skip";
  grace: string;
  attempts: string;
  delay: string;
  backoff: "fixed" | "exponential";
  maxDelay: string;
  timeout: string;
  lease: string;
  max_steps: string;
  max_tokens: string;
  max_cost: string;
  failures: string;
  breaches: string;
  interruptions: string;
  pool: string;
  priority: string;
  jitter: string;
  queueLimit: string;
  starts_at: string;
  ends_at: string;
}

export const EMPTY: Form = {
  name: "",
  description: "",
  tags: "",
  enabled: true,
  cadence: "interval",
  seconds: "3600",
  from: "completion",
  anchor: "",
  expression: "0 3 * * 1-5",
  timezone: MINE,
  at: "",
  target: "function",
  job: "",
  params: {},
  method: "POST",
  url: "",
  headers: {},
  body: null,
  successCodes: "",
  signingSecret: "",
  probe: false,
  arn: "",
  input: {},
  completion: "response",
  when_busy: "queue",
  misfire: "run_once",
  grace: "300",
  attempts: "1",
  delay: "60",
  backoff: "fixed",
  maxDelay: "3600",
  timeout: "300",
  lease: "",
  max_steps: "",
  max_tokens: "",
  max_cost: "",
  failures: "3",
  breaches: "5",
  interruptions: "10",
  pool: "main",
  priority: "5",
  jitter: "0",
  queueLimit: "",
  starts_at: "",
  ends_at: "",
};

/** Three ways to begin, as the empty list offers them. */
export const STARTS: Record<string, Partial<Form>> = {
  cron: { cadence: "cron" },
  interval: { cadence: "interval", seconds: "21600" },
  drill: {
    name: "Drill",
    cadence: "manual",
    target: "function",
    job: "drill",
    params: { steps: 5, seconds: 10 },
  },
};

/** A schedule as a form. */
export function formOf(schedule: Schedule): Form {
  const { cadence, target } = schedule;
  const form: Form = {
    ...EMPTY,
    name: schedule.name,
    description: schedule.description,
    tags: schedule.tags.join(", "),
    cadence: cadence.type,
    target: target.type,
    when_busy: schedule.when_busy,
    misfire: schedule.misfire.policy ?? "run_once",
    grace: String(schedule.misfire.grace_seconds ?? 300),
    attempts: String(schedule.retry.max_attempts ?? 1),
    delay: String(schedule.retry.delay_seconds ?? 60),
    backoff: schedule.retry.backoff ?? "fixed",
    maxDelay: String(schedule.retry.max_delay_seconds ?? 3600),
    timeout: String(schedule.timeout_seconds),
    lease: String(schedule.lease_seconds),
    max_steps: String(schedule.max_steps ?? ""),
    max_tokens: String(schedule.max_tokens ?? ""),
    max_cost: String(schedule.max_cost ?? ""),
    failures: String(schedule.breaker.failures ?? 3),
    breaches: String(schedule.breaker.budget_breaches ?? 5),
    interruptions: String(schedule.breaker.interruptions ?? 10),
    pool: schedule.pool,
    priority: String(schedule.priority),
    jitter: String(schedule.jitter_seconds),
    queueLimit: schedule.queue_limit_seconds === null ? "" : String(schedule.queue_limit_seconds),
    starts_at: localOf(schedule.starts_at),
    ends_at: localOf(schedule.ends_at),
  };
  if (cadence.type === "cron") {
    form.expression = cadence.expression;
    form.timezone = cadence.timezone ?? "UTC";
  } else if (cadence.type === "interval") {
    form.seconds = String(cadence.seconds);
    form.from = cadence.from ?? "completion";
    form.anchor = localOf(cadence.anchor);
  } else if (cadence.type === "once") form.at = localOf(cadence.at);
  if (target.type === "function") {
    form.job = target.name;
    form.params = asJson(target.params);
  } else if (target.type === "http") {
    form.method = target.method ?? "POST";
    form.url = target.url;
    form.headers = asJson(target.headers);
    form.body = target.body ?? null;
    form.successCodes = (target.success_codes ?? []).join(", ");
    form.signingSecret = target.signing_secret?.secret ?? "";
    form.probe = target.probe ?? false;
    form.completion = target.completion ?? "response";
  } else if (target.type === "lambda") {
    form.arn = target.function_arn;
    form.input = asJson(target.payload);
    form.completion = target.completion ?? "response";
  } else if (target.type === "step_function") {
    form.arn = target.state_machine_arn;
    form.input = asJson(target.input);
    form.completion = target.completion ?? "response";
  }
  return form;
}

function asJson(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

/** A schedule's fields as the API takes them. Numbers that are none are sent as they are: the API names them. */
export type Definition = Record<string, unknown>;

export function definitionOf(form: Form, before?: Schedule): Definition {
  const lease = before && form.lease === String(before.lease_seconds) ? undefined : form.lease;
  return {
    name: form.name,
    description: form.description,
    tags: listed(form.tags),
    cadence: cadenceOf(form),
    target: targetOf(form),
    when_busy: form.when_busy,
    misfire: { policy: form.misfire, grace_seconds: number(form.grace) },
    retry: {
      max_attempts: number(form.attempts),
      delay_seconds: number(form.delay),
      backoff: form.backoff,
      max_delay_seconds: number(form.maxDelay),
    },
    timeout_seconds: number(form.timeout),
    ...(lease !== undefined && { lease_seconds: lease === "" ? null : number(lease) }),
    max_steps: form.max_steps === "" ? null : number(form.max_steps),
    max_tokens: form.max_tokens === "" ? null : number(form.max_tokens),
    max_cost: form.max_cost === "" ? null : number(form.max_cost),
    breaker: {
      failures: number(form.failures),
      budget_breaches: number(form.breaches),
      interruptions: number(form.interruptions),
    },
    pool: form.pool,
    priority: number(form.priority),
    jitter_seconds: number(form.jitter),
    queue_limit_seconds: form.queueLimit === "" ? null : number(form.queueLimit),
    starts_at: instantOf(form.starts_at),
    ends_at: instantOf(form.ends_at),
  };
}

export function cadenceOf(form: Form): Definition {
  switch (form.cadence) {
    case "interval":
      return {
        type: "interval",
        seconds: number(form.seconds),
        from: form.from,
        anchor: form.from === "grid" ? instantOf(form.anchor) : null,
      };
    case "cron":
      return { type: "cron", expression: form.expression.trim(), timezone: form.timezone };
    case "once":
      return { type: "once", at: instantOf(form.at) };
    case "manual":
      return { type: "manual" };
  }
}

function targetOf(form: Form): Definition {
  switch (form.target) {
    case "function":
      return { type: "function", name: form.job, params: form.params };
    case "http":
      return {
        type: "http",
        method: form.method,
        url: form.url.trim(),
        headers: form.headers,
        body: form.body,
        success_codes: form.successCodes.trim() ? listed(form.successCodes).map(number) : null,
        signing_secret: form.signingSecret.trim() ? { secret: form.signingSecret.trim() } : null,
        probe: form.probe,
        completion: form.completion,
      };
    case "lambda":
      return {
        type: "lambda",
        function_arn: form.arn.trim(),
        payload: form.input,
        completion: form.completion,
      };
    case "step_function":
      return {
        type: "step_function",
        state_machine_arn: form.arn.trim(),
        input: form.input,
        completion: form.completion,
      };
    case "external":
      return { type: "external" };
  }
}

/** The fields that differ: the merge patch that leads from one definition to the other. */
export function changesBetween(before: Definition, after: Definition): Definition {
  return Object.fromEntries(
    Object.entries(after).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name]),
    ),
  );
}

/** What is separated by commas. */
function listed(text: string): string[] {
  return text
    .split(",")
    .map((each) => each.trim())
    .filter(Boolean);
}

function number(text: string): number | string {
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** An instant as a field for local date and time shows it. */
export function localOf(at: string | null | undefined): string {
  if (!at) return "";
  const date = new Date(at);
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  // Seconds are shown where there are any, so that nothing is lost by looking.
  return local
    .toISOString()
    .slice(0, -1)
    .replace(/(:00)?\.000$/, "");
}

function instantOf(local: string): string | null {
  if (!local) return null;
  const date = new Date(local);
  return Number.isNaN(date.getTime()) ? local : date.toISOString();
}
