import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, call } from "../../api/client";
import { touched } from "../../api/queries";
import { useWords } from "../../i18n/words";
import { MinuteStrip } from "../../schedules/editor/MinuteStrip";
import { atMinute, fixedMinute, type Trial, useTrial } from "../../schedules/editor/outlook";
import { type Schedule, useSchedule } from "../../schedules/queries";
import { about } from "../../time/times";
import { Dialog } from "../../ui/dialog";
import { Failure, Loading } from "../../ui/feedback";
import { tell } from "../../ui/toast";
import "../../schedules/editor/editor.css";

interface Props {
  scheduleId: string;
  /** By how many minutes its bar was dragged. */
  by: number;
  onClose: () => void;
}

/** Another minute of the hour for a cron with a fixed one: what it would bring, to it and to the others. */
export function MoveDialog({ scheduleId, by, onClose }: Props) {
  const words = useWords();
  const schedule = useSchedule(scheduleId);
  const trial = useTrial(scheduleId, null, true);
  const name = schedule.data?.schedule.name ?? "";
  return (
    <Dialog title={words.timeline.tryMinutes(name)} onClose={onClose}>
      <Loading query={schedule} rows={3}>
        {({ schedule: loaded, etag }) => (
          <Loading query={trial} rows={3}>
            {(brought) => (
              <Move schedule={loaded} etag={etag} trial={brought} by={by} onClose={onClose} />
            )}
          </Loading>
        )}
      </Loading>
    </Dialog>
  );
}

interface MoveProps {
  schedule: Schedule;
  etag: string | null;
  trial: Trial;
  by: number;
  onClose: () => void;
}

function Move({ schedule, etag, trial, by, onClose }: MoveProps) {
  const words = useWords();
  const { cadence } = schedule;
  const expression = cadence.type === "cron" ? cadence.expression : "";
  const from = fixedMinute(expression) ?? trial.minute;
  const [minute, setMinute] = useState((((from + by) % 60) + 60) % 60);
  const save = useMutation({
    mutationFn: () =>
      call(
        api.PATCH("/v1/schedules/{schedule_id}", {
          params: {
            path: { schedule_id: schedule.id },
            header: { ...(etag && { "If-Match": etag }) },
          },
          body: { cadence: { expression: atMinute(expression, minute) } } as never,
        }),
      ),
    onSuccess: () => {
      touched("schedules", "overview", "forecast");
      tell({ text: words.timeline.moved(schedule.name, words.editor.minute(minute)) });
      onClose();
    },
  });
  const before = trial.minutes[from];
  const after = trial.minutes[minute];
  return (
    <>
      <div className="dialog-body stack">
        <p className="hint">{words.timeline.moveHint}</p>
        <MinuteStrip trial={trial} minute={minute} onMinute={setMinute} />
        <p>
          <code>{expression}</code> → <code>{atMinute(expression, minute)}</code>
        </p>
        {before && after && (
          <dl className="figures">
            <Change
              name={schedule.name}
              before={before.mean_wait_seconds}
              after={after.mean_wait_seconds}
            />
            <Change
              name={words.timeline.otherSchedules}
              before={before.others_wait_seconds}
              after={after.others_wait_seconds}
            />
          </dl>
        )}
        {save.error && <Failure error={save.error} />}
      </div>
      <footer className="dialog-foot">
        <button type="button" className="button" onClick={onClose}>
          {words.ui.cancel}
        </button>
        <button
          type="button"
          className="button primary"
          disabled={minute === from || save.isPending}
          onClick={() => save.mutate()}
        >
          {words.timeline.move}
        </button>
      </footer>
    </>
  );
}

function Change({ name, before, after }: { name: string; before: number; after: number }) {
  const words = useWords();
  const text = (seconds: number) =>
    seconds < 0.5 ? words.timeline.noWait : words.timeline.moveWait(about(seconds * 1000));
  return (
    <div>
      <dt>{name}</dt>
      <dd className={after < before ? "is-good" : after > before ? "is-bad" : ""}>
        {text(before)} → {text(after)}
      </dd>
    </div>
  );
}
