import { useEffect, useState } from "react";
import { useWords } from "../i18n/words";
import { createStore, useStore } from "../store";
import { about, type Instant, msOf, useTimes } from "../time/times";

/** A second hand that all countdowns share. */
const second = createStore(Date.now());
let watchers = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** How far the server's clock is ahead of this machine's, as its answers say. */
export const serverAhead = createStore(0);

/** The present instant by the server's clock, once a second. */
export function useNow(): number {
  useEffect(() => {
    watchers += 1;
    timer ??= setInterval(() => second.set(Date.now()), 1_000);
    return () => {
      watchers -= 1;
      if (watchers === 0) {
        clearInterval(timer);
        timer = undefined;
      }
    };
  }, []);
  return useStore(second) + useStore(serverAhead);
}

/** An instant in the zone that the reader chose, with that zone; hovering tells it in all zones. */
export function Time({
  at,
  zone,
  withSeconds = false,
}: {
  at: Instant;
  zone?: string | null | undefined;
  withSeconds?: boolean;
}) {
  const times = useTimes();
  const [everywhere, setEverywhere] = useState("");
  const tellEverywhere = () => setEverywhere(times.everywhere(at, zone).join("\n"));
  const day = times.short(at, zone);
  const text = withSeconds ? day.replace(times.clock(at, zone), times.seconds(at, zone)) : day;
  return (
    <time
      dateTime={new Date(at).toISOString()}
      title={everywhere}
      onPointerEnter={tellEverywhere}
      onFocus={tellEverywhere}
    >
      {text} <span className="zone">{times.zoneName(at, times.zone(zone))}</span>
    </time>
  );
}

/** “in 4 min”, “12 s ago”. */
export function Relative({ at }: { at: Instant }) {
  const words = useWords();
  const now = useNow();
  const distance = msOf(at) - now;
  return <span className="relative">{relative(words, distance)}</span>;
}

function relative(words: ReturnType<typeof useWords>, distance: number): string {
  if (Math.abs(distance) < 1_500) return words.ui.now;
  return distance > 0 ? words.ui.inTime(about(distance)) : words.ui.ago(about(-distance));
}
