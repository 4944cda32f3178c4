import type { Words } from "../i18n/words";
import { duration, type Times } from "../time/times";
import type { Cadence, Target } from "./queries";

/** A cadence in few words. What a cron expression means is said by the API alone. */
export function cadenceText(words: Words, times: Times, cadence: Cadence): string {
  switch (cadence.type) {
    case "cron":
      return `${cadence.expression} · ${cadence.timezone ?? "UTC"}`;
    case "interval": {
      const every = words.schedules.every(duration(cadence.seconds * 1000));
      return cadence.from === "grid" ? `${every} · ${words.schedules.onGrid}` : every;
    }
    case "once":
      return words.schedules.once(times.full(cadence.at));
    default:
      return words.schedules.manual;
  }
}

/** What a schedule runs, in few words. */
export function targetText(target: Target): string {
  switch (target.type) {
    case "function":
      return target.name;
    case "http":
      return `${target.method ?? "POST"} ${hostOf(target.url)}`;
    case "lambda":
      return target.function_arn.split(":").at(-1) ?? target.function_arn;
    case "external":
      return "external";
    case "step_function":
      return target.state_machine_arn.split(":").at(-1) ?? target.state_machine_arn;
  }
}

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}
