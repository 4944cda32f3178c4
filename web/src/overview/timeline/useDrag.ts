import { type PointerEvent, useRef, useState } from "react";
import type { Bar } from "./model";

const MINUTE = 60_000;
/** A hand that trembles does not drag. */
const LEAST_PX = 4;

interface Drag {
  bar: Bar | null;
  /** How far it is from where it was, in pixels. */
  by: number;
  /** The same in whole minutes. */
  minutes: number;
  begin: (event: PointerEvent<SVGGElement>, bar: Bar) => void;
  /** Whether the click that follows is the end of a drag. */
  hasMoved: () => boolean;
}

/** Drag a bar sideways, in whole minutes; where it is let go, `onMove` is told by how many. */
export function useDrag(scale: number, onMove: ((bar: Bar, by: number) => void) | null): Drag {
  const [drag, setDrag] = useState<{ bar: Bar; minutes: number } | null>(null);
  const moved = useRef(false);
  const begin = (event: PointerEvent<SVGGElement>, bar: Bar) => {
    moved.current = false;
    if (onMove === null || event.button !== 0) return;
    const { currentTarget: target, clientX: from, pointerId } = event;
    target.setPointerCapture(pointerId);
    const minutesAt = (x: number) => Math.round(((x - from) * scale) / MINUTE);
    const move = ({ clientX }: globalThis.PointerEvent) => {
      if (!moved.current && Math.abs(clientX - from) < LEAST_PX) return;
      moved.current = true;
      setDrag({ bar, minutes: minutesAt(clientX) });
    };
    const end = (last: globalThis.PointerEvent) => {
      target.removeEventListener("pointermove", move);
      target.removeEventListener("pointerup", end);
      target.removeEventListener("pointercancel", end);
      setDrag(null);
      if (moved.current && last.type === "pointerup") onMove(bar, minutesAt(last.clientX));
    };
    target.addEventListener("pointermove", move);
    target.addEventListener("pointerup", end);
    target.addEventListener("pointercancel", end);
  };
  return {
    bar: drag?.bar ?? null,
    by: ((drag?.minutes ?? 0) * MINUTE) / scale,
    minutes: drag?.minutes ?? 0,
    begin,
    hasMoved: () => moved.current,
  };
}
