import { useText } from '../i18n';
import { Button, IconButton } from './Button';
import styles from './Toast.module.css';
import { dismiss, useToasts } from './toast';

/** The place where toasts appear; one for the whole console. */
export function Toasts() {
  const text = useText();
  const toasts = useToasts(s => s.toasts);
  return (
    <div className={styles.region} role="status" aria-live="polite">
      {toasts.map(t => (
        <div key={t.id} className={`${styles.toast} ${t.kind === 'problem' ? styles.problem : ''}`}>
          <span>{t.text}</span>
          {t.action && (
            <Button
              kind="quiet"
              onPress={() => {
                t.action?.run();
                dismiss(t.id);
              }}
            >
              {t.action.label}
            </Button>
          )}
          <IconButton icon="close" label={text.actions.close} onPress={() => dismiss(t.id)} />
        </div>
      ))}
    </div>
  );
}
