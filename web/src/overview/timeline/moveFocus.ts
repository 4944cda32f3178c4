import type { KeyboardEvent } from "react";

/** Go to the next bar of the lane, or to the nearest one of the lane above or below. */
export function moveFocus(event: KeyboardEvent<HTMLDivElement>): boolean {
  const here = (event.target as Element).closest<SVGElement>("[data-bar]");
  if (!here) return false;
  const lanes = [...event.currentTarget.querySelectorAll<SVGElement>("[data-lane]")];
  const lane = here.closest<SVGElement>("[data-lane]");
  const barsIn = (each: Element | undefined | null) => [
    ...(each?.querySelectorAll<SVGElement>("[data-bar]") ?? []),
  ];
  const own = barsIn(lane);
  const place = Number(here.dataset.bar);
  let target: SVGElement | undefined;
  if (event.key === "ArrowRight") target = own[own.indexOf(here) + 1];
  else if (event.key === "ArrowLeft") target = own[own.indexOf(here) - 1];
  else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const by = event.key === "ArrowDown" ? 1 : -1;
    const next = barsIn(lane ? lanes[lanes.indexOf(lane) + by] : null);
    const distance = (each: SVGElement) => Math.abs(Number(each.dataset.bar) - place);
    target = next.toSorted((one, other) => distance(one) - distance(other))[0];
  } else return false;
  target?.focus();
  return true;
}
