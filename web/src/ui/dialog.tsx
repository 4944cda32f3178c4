import { lazy, type ReactNode, Suspense } from "react";
import { useWords } from "../i18n/words";

const DialogFrame = lazy(() => import("./DialogFrame"));

export interface DialogProps {
  title: ReactNode;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
  /** Whether assistive tools are to take it for something urgent. */
  urgent?: boolean;
}

/**
 * A dialog that is open as long as it is rendered. Escape and a click beside it close it. What draws it is
 * loaded with the first one.
 */
export function Dialog(props: DialogProps) {
  return (
    <Suspense>
      <DialogFrame {...props} />
    </Suspense>
  );
}

interface ConfirmProps {
  title: string;
  text: ReactNode;
  deed: string;
  onConfirm: () => void;
  onClose: () => void;
  isPending?: boolean;
}

/** Ask before something that cannot be undone. */
export function Confirm({ title, text, deed, onConfirm, onClose, isPending }: ConfirmProps) {
  const words = useWords();
  return (
    <Dialog title={title} onClose={onClose} urgent>
      <div className="dialog-body">{text}</div>
      <footer className="dialog-foot">
        <button type="button" className="button" onClick={onClose}>
          {words.ui.cancel}
        </button>
        <button type="button" className="button danger" onClick={onConfirm} disabled={isPending}>
          {deed}
        </button>
      </footer>
    </Dialog>
  );
}
