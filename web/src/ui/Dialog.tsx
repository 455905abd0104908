import type { ReactNode } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useText } from '../i18n';
import { IconButton } from './Button';
import styles from './Dialog.module.css';

/** A dialog over the page. It is open while it is rendered; Escape and a click beside it close it. */
export function Dialog({
  title,
  onClose,
  children,
  footer,
  wide = false,
  bare = false,
}: {
  title: string;
  onClose(): void;
  children: ReactNode;
  footer?: ReactNode;
  wide?: boolean;
  /** Without a visible title and close button: for the command list. */
  bare?: boolean;
}) {
  const text = useText();
  return (
    <ModalOverlay isOpen isDismissable onOpenChange={open => !open && onClose()} className={styles.overlay ?? ''}>
      <Modal className={`${styles.modal} ${wide ? styles.wide : ''}`}>
        <AriaDialog className={styles.dialog ?? ''} {...(bare ? { 'aria-label': title } : {})}>
          {!bare && (
            <header className={styles.header}>
              <Heading slot="title">{title}</Heading>
              <IconButton icon="close" label={text.actions.close} onPress={onClose} />
            </header>
          )}
          <div className={bare ? undefined : styles.body}>{children}</div>
          {footer && <footer className={styles.footer}>{footer}</footer>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
