import { useMutation } from "@tanstack/react-query";
import { api, call } from "../api/client";
import { touched } from "../api/queries";
import { useWords } from "../i18n/words";
import { explained } from "../ui/feedback";
import { tell } from "../ui/toast";
import { type Schedule, switching } from "./queries";

const HOUR = 3600;
export const PRESET_HOURS = [1, 3, 6, 12, 24] as const;

type Choice = "off" | "custom" | `${number}`;

/** Off, or every 1, 3, 6, 12 or 24 hours, chosen at once; any other cadence is told as what it is. */
export function ScheduleControl({ schedule, label }: { schedule: Schedule; label: string }) {
  const words = useWords();
  const change = useMutation({
    mutationFn: (choice: Choice) => apply(schedule, choice),
    onError: (error) => tell({ text: explained(words, error), isError: true }),
    onSettled: () => touched("schedules", "overview", "forecast"),
  });
  const chosen = change.isPending ? (change.variables ?? choiceOf(schedule)) : choiceOf(schedule);
  return (
    <label className="inline-field">
      <span>{words.schedules.schedule}</span>
      <select
        aria-label={label}
        value={chosen}
        disabled={change.isPending}
        onChange={(event) => change.mutate(event.target.value as Choice)}
      >
        <option value="off">{words.schedules.off}</option>
        {PRESET_HOURS.map((hours) => (
          <option key={hours} value={`${hours}`}>
            {hours} h
          </option>
        ))}
        {isCustom(schedule) && <option value="custom">{words.schedules.customCadence}</option>}
      </select>
    </label>
  );
}

function hoursOf({ cadence }: Schedule): number | null {
  if (cadence.type !== "interval" || cadence.from === "grid") return null;
  const hours = cadence.seconds / HOUR;
  return PRESET_HOURS.some((each) => each === hours) ? hours : null;
}

function isCustom(schedule: Schedule): boolean {
  return schedule.cadence.type !== "manual" && hoursOf(schedule) === null;
}

function choiceOf(schedule: Schedule): Choice {
  if (schedule.status !== "active" || schedule.cadence.type === "manual") return "off";
  const hours = hoursOf(schedule);
  return hours === null ? "custom" : `${hours}`;
}

async function apply(schedule: Schedule, choice: Choice): Promise<void> {
  if (choice === "off") {
    await switching("pause")(schedule.id);
    return;
  }
  if (choice !== "custom") {
    const cadence = {
      type: "interval" as const,
      seconds: Number(choice) * HOUR,
      from: "completion" as const,
    };
    await call(
      api.PATCH("/v1/schedules/{schedule_id}", {
        params: { path: { schedule_id: schedule.id } },
        body: { cadence },
      }),
    );
  }
  if (schedule.status !== "active") await switching("resume")(schedule.id);
}
