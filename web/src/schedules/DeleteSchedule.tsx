import { useWords } from "../i18n/words";
import { Confirm } from "../ui/dialog";
import { explained } from "../ui/feedback";
import { tell } from "../ui/toast";
import { type Schedule, useDelete } from "./queries";

interface Props {
  schedule: Schedule;
  onClose: () => void;
  onDeleted?: () => void;
}

export function DeleteSchedule({ schedule, onClose, onDeleted }: Props) {
  const words = useWords();
  const remove = useDelete();
  return (
    <Confirm
      title={words.schedules.deleteTitle(schedule.name)}
      text={words.schedules.deleteText}
      deed={words.schedules.delete}
      isPending={remove.isPending}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(schedule.id, {
          onSuccess: () => {
            onClose();
            tell({ text: words.schedules.deleted(schedule.name) });
            onDeleted?.();
          },
          onError: (error) => tell({ text: explained(words, error), isError: true }),
        })
      }
    />
  );
}
