import { useCallback } from "react";
import { useWords } from "../../i18n/words";
import { duration, useTimes } from "../../time/times";
import { type Bar, behind, type Cluster, isSkip, waitOf } from "./model";

/** What a bar says, for who cannot see it and for the card below: when, how it ended, why it waited. */
export function useSentence(): (cluster: Cluster, all: readonly Bar[]) => string {
  const words = useWords();
  const times = useTimes();
  return useCallback(
    ({ bars, from }, all) => {
      const [bar] = bars;
      if (bars.length > 1) {
        if (bars.every(isSkip)) {
          const state = bar.willSkip ? words.timeline.willSkip : words.states.skipped;
          return `${times.short(from)}: ${bars.length} × ${state}`;
        }
        const failed = bars.filter(({ state }) => state === "failed").length;
        return `${times.short(from)}: ${words.timeline.merged(bars.length, failed)}`;
      }
      const parts = [`${times.short(bar.due)}`, words.states[bar.state]];
      if (bar.willSkip) parts.push(words.timeline.willSkip);
      if (bar.reason) parts.push(words.reasons[bar.reason]);
      const wait = waitOf(bar);
      if (wait > 1_000) {
        const name = behind(bar, all)?.name ?? null;
        parts.push(
          bar.state === "forecast"
            ? words.timeline.willWait(duration(wait), name)
            : words.timeline.waited(duration(wait), name),
        );
      }
      if (bar.start !== null) parts.push(`${words.runs.took} ${duration(bar.end - bar.start)}`);
      return parts.join(", ");
    },
    [words, times],
  );
}
