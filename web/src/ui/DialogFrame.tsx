import { X } from "lucide-react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useWords } from "../i18n/words";
import type { DialogProps } from "./dialog";

export default function DialogFrame({
  title,
  onClose,
  children,
  wide = false,
  urgent = false,
}: DialogProps) {
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
