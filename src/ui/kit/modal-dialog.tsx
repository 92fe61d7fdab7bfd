import type { ReactNode } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';

/** A dialog over the page with its title. Escape and a press beside it close it; the focus goes back where it was. */
export function ModalDialog(props: {
  readonly title: string;
  readonly testId: string;
  /** An alert asks before something is lost. */
  readonly role?: 'dialog' | 'alertdialog';
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  return (
    <ModalOverlay
      className="overlay"
      isOpen={props.isOpen}
      isDismissable
      onOpenChange={(open) => {
        if (!open) props.onClose();
      }}
    >
      <Modal className="modal">
        <Dialog className="dialog" role={props.role ?? 'dialog'} data-testid={props.testId}>
          <Heading slot="title">{props.title}</Heading>
          {props.children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
