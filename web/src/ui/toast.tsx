import { X } from "lucide-react";
import { useWords } from "../i18n/words";
import { createStore, useStore } from "../store";

export interface Toast {
  id: number;
  text: string;
  isError?: boolean;
  action?: { label: string; run: () => void };
}

const SHOWN_MS = 10_000;
const toasts = createStore<readonly Toast[]>([]);
let next = 1;

/** Say for ten seconds what happened, with something to do about it if there is. */
export function tell(toast: Omit<Toast, "id">): number {
  const id = next++;
  toasts.set([...toasts.get(), { ...toast, id }]);
  setTimeout(() => forget(id), SHOWN_MS);
  return id;
}

export function forget(id: number): void {
  toasts.set(toasts.get().filter((each) => each.id !== id));
}

export function Toasts() {
  const words = useWords();
  return (
    <div className="toasts" role="status" aria-live="polite">
      {useStore(toasts).map((toast) => (
        <div key={toast.id} className={toast.isError ? "toast toast-error" : "toast"}>
          <span>{toast.text}</span>
          {toast.action && (
            <button
              type="button"
              className="link"
              onClick={() => {
                toast.action?.run();
                forget(toast.id);
              }}
            >
              {toast.action.label}
            </button>
          )}
          <button
            type="button"
            className="icon-button"
            aria-label={words.ui.close}
            onClick={() => forget(toast.id)}
          >
            <X aria-hidden="true" />
          </button>
        </div>
      ))}
    </div>
  );
}
