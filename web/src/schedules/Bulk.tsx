import { useState } from "react";
import { useWords } from "../i18n/words";
import { Confirm, Dialog } from "../ui/dialog";
import { explained } from "../ui/feedback";
import { tell } from "../ui/toast";
import { deleteSchedule, type Result, type Schedule, switching, toEach } from "./queries";

interface Props {
  schedules: readonly Schedule[];
  onDone: () => void;
}

/** What is done to all that are selected, with a result for each. */
export function Bulk({ schedules, onDone }: Props) {
  const words = useWords();
  const [isAsking, setAsking] = useState(false);
  const [isPending, setPending] = useState(false);
  const [failed, setFailed] = useState<Result[] | null>(null);
  const ids = schedules.map(({ id }) => id);

  async function run(deed: (id: string) => Promise<unknown>) {
    setPending(true);
    const results = await toEach(ids, deed);
    setPending(false);
    const refused = results.filter(({ error }) => error !== null);
    tell({
      text: words.bulk.done(results.length - refused.length, results.length),
      isError: refused.length > 0,
    });
    if (refused.length > 0) setFailed(refused);
    else onDone();
  }

  return (
    <section className="bulk" aria-label={words.bulk.title}>
      <strong>{words.bulk.selected(ids.length)}</strong>
      <button
        type="button"
        className="button small"
        disabled={isPending}
        onClick={() => void run(switching("pause"))}
      >
        {words.schedules.pause}
      </button>
      <button
        type="button"
        className="button small"
        disabled={isPending}
        onClick={() => void run(switching("resume"))}
      >
        {words.schedules.resume}
      </button>
      <button
        type="button"
        className="button small danger"
        disabled={isPending}
        onClick={() => setAsking(true)}
      >
        {words.schedules.delete}
      </button>
      <button type="button" className="link" onClick={onDone}>
        {words.bulk.none}
      </button>
      {isAsking && (
        <Confirm
          title={words.bulk.deleteTitle(ids.length)}
          text={words.schedules.deleteText}
          deed={words.schedules.delete}
          onClose={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false);
            void run(deleteSchedule);
          }}
        />
      )}
      {failed && (
        <Dialog title={words.bulk.results} onClose={() => setFailed(null)}>
          <ul className="dialog-body">
            {failed.map(({ id, error }) => (
              <li key={id}>
                <strong>{schedules.find((each) => each.id === id)?.name ?? id}</strong>:{" "}
                {explained(words, error)}
              </li>
            ))}
          </ul>
        </Dialog>
      )}
    </section>
  );
}
