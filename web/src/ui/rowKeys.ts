import { useEffect, useRef } from "react";
import { isFree } from "../shell/shortcuts";

/** Keys on the row that has the focus: the row's element, and the key. */
export type RowKey = (row: HTMLElement, key: string) => boolean;

/** Have `j` and `k` go from row to row of what the returned ref is on, and Enter open one. */
export function useRowKeys(onKey: RowKey = () => false) {
  const box = useRef<HTMLDivElement>(null);
  const handler = useRef(onKey);
  handler.current = onKey;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (!box.current || !isFree(event)) return;
      const rows = [...box.current.querySelectorAll<HTMLElement>("[data-row]")];
      const at = rows.findIndex((row) => row.contains(document.activeElement));
      if (event.key === "j" || event.key === "k") {
        event.preventDefault();
        const to = event.key === "j" ? at + 1 : Math.max(0, at - 1);
        rows[Math.min(to, rows.length - 1)]?.focus();
        return;
      }
      const row = rows[at];
      if (!row) return;
      if (event.key === "Enter" && document.activeElement === row) {
        row.querySelector<HTMLElement>("a")?.click();
      } else if (handler.current(row, event.key)) {
        event.preventDefault();
      }
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
  return box;
}
