let pages = 0;

/** Whether a page that appears takes the focus: not the first one, whose reader begins at the top. */
export function takesFocus(): boolean {
  pages += 1;
  return pages > 1;
}

/** Whether keys go into something that people write in. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select") !== null)
  );
}
