import { useMay } from "../api/me";
import { problemOf } from "../api/problem";
import { useWords } from "../i18n/words";
import { Failure } from "../ui/feedback";
import { useSaveSettings } from "./queries";

const CHANNELS = ["topic_kinds", "webhook_kinds"] as const;

interface Props {
  chosen: Record<(typeof CHANNELS)[number], readonly string[]>;
  etag: string | null;
}

/** Which notifications go out, by each channel besides the inbox. */
export function Kinds({ chosen, etag }: Props) {
  const words = useWords();
  const isOwner = useMay("owner");
  const save = useSaveSettings();
  const problem = problemOf(save.error);
  return (
    <section className="card">
      <h2>{words.settings.kinds}</h2>
      {CHANNELS.map((channel) => (
        <fieldset key={channel} className="kinds">
          <legend>{words.settings.channels[channel]}</legend>
          {Object.entries(words.inbox.kinds).map(([kind, word]) => {
            const isOn = chosen[channel].includes(kind);
            const others = chosen[channel].filter((each) => each !== kind);
            return (
              <label key={kind} className="row">
                <input
                  type="checkbox"
                  checked={isOn}
                  disabled={!isOwner || save.isPending}
                  onChange={() =>
                    save.mutate({
                      changes: { [channel]: isOn ? others : [...others, kind] },
                      etag,
                    })
                  }
                />
                {word}
              </label>
            );
          })}
        </fieldset>
      ))}
      {problem && <Failure error={problem} />}
    </section>
  );
}
