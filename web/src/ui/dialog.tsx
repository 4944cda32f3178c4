import { X } from "lucide-react";
import type { ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useWords } from "../i18n/words";

interface Props {
  title: ReactNode;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
  /** Whether assistive tools are to take it for something urgent. */
  urgent?: boolean;
}

/** A dialog that is open as long as it is rendered. Escape and a click beside it close it. */
export function Dialog({ title, onClose, children, wide = false, urgent = false }: Props) {
  const words = useWords();
  return (
    <ModalOverlay
      className="dialog-back"
      isOpen
      isDismissable={!urgent}
      onOpenChange={(isOpen) => !isOpen && onClose()}
    >
      <Modal className={wide ? "dialog dialog-wide" : "dialog"}>
        <AriaDialog role={urgent ? "alertdialog" : "dialog"}>
          <header className="dialog-head">
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            <button
              type="button"
              className="icon-button"
              aria-label={words.ui.close}
              onClick={onClose}
            >
              <X aria-hidden="true" />
            </button>
          </header>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
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
