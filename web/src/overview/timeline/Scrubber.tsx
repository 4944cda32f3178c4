import { Link2, X } from "lucide-react";
import { useMemo } from "react";
import { useWords } from "../../i18n/words";
import { useTimes } from "../../time/times";
import { copyText } from "../../ui/copy";
import { tell } from "../../ui/toast";
import { type Bar, momentAt } from "./model";

interface Props {
  bars: readonly Bar[];
  from: number;
  to: number;
  now: number;
  at: number;
  onAt: (at: string) => void;
}

const MINUTE = 60_000;

/** Go to any instant, past or to be expected, and see who held the slot and who waited. */
export function Scrubber({ bars, from, to, now, at, onAt }: Props) {
  const words = useWords();
  const times = useTimes();
  const isSet = !Number.isNaN(at);
  const value = isSet ? at : now;
  const text = useMemo(() => {
    const { holders, waiting } = momentAt(bars, value);
    const isPast = value <= now;
    const names = (some: readonly Bar[]) => some.map(({ name }) => name).join(", ");
    const parts = [
      holders.length > 0
        ? (isPast ? words.timeline.heldBy : words.timeline.holds)(names(holders))
        : isPast
          ? words.timeline.slotWasFree
          : words.timeline.slotWillBeFree,
    ];
    if (waiting.length > 0) {
      parts.push((isPast ? words.timeline.waiting : words.timeline.willBeWaiting)(names(waiting)));
    }
    return `${words.timeline.at(times.seconds(value))} ${times.zoneName(value)}: ${parts.join("; ")}`;
  }, [bars, value, now, words, times]);
  return (
    <div className="scrubber">
      <input
        type="range"
        aria-label={words.timeline.scrubber}
        aria-valuetext={text}
        min={Math.ceil(from / MINUTE)}
        max={Math.floor(to / MINUTE)}
        value={Math.round(value / MINUTE)}
        onChange={({ target }) => onAt(new Date(Number(target.value) * MINUTE).toISOString())}
      />
      <p className="scrubber-text" aria-live="off">
        {isSet ? text : <span className="hint">{text}</span>}
        {isSet && (
          <>
            <button
              type="button"
              className="icon-button"
              aria-label={words.timeline.link}
              title={words.timeline.link}
              onClick={async () => {
                const done = await copyText(location.href);
                tell({ text: done ? words.ui.copied : words.ui.notCopied, isError: !done });
              }}
            >
              <Link2 aria-hidden="true" />
            </button>
            <button
              type="button"
              className="icon-button"
              aria-label={words.timeline.leaveInstant}
              title={words.timeline.leaveInstant}
              onClick={() => onAt("")}
            >
              <X aria-hidden="true" />
            </button>
          </>
        )}
      </p>
    </div>
  );
}
