import { glossary, useMessages } from '../i18n';
import styles from './OutcomeMark.module.css';
import type { Outcome } from './outcome';

const shapes: Record<Outcome, string> = {
  ok: 'M8 5.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5z',
  error: 'M8 2.500 14.200 13.500H1.800z',
  throttle: 'M8 1.500 14.500 8 8 14.500 1.500 8z',
  fault:
    'M3.600 1.800 8 6.200l4.400-4.400 1.800 1.800L9.800 8l4.400 4.400-1.800 1.800L8 9.800l-4.400 4.400-1.800-1.800L6.200 8 1.800 3.600z',
};

/** The glyph of an outcome, and its name: shown, or for screen readers only. */
export function OutcomeMark({ outcome, named = false }: { outcome: Outcome; named?: boolean }) {
  const words = useMessages(glossary);
  return (
    <span className={`${styles.mark} ${styles[outcome]}`}>
      <svg width="12" height="12" viewBox="0 0 16 16" aria-hidden="true">
        <path d={shapes[outcome]} />
      </svg>
      <span className={named ? undefined : 'hidden-text'}>{words[outcome]}</span>
    </span>
  );
}

/** A small square in the fill of an outcome, for legends. */
export function OutcomeSwatch({ outcome }: { outcome: Outcome }) {
  return <span className={`${styles.swatch} ${styles[outcome]}`} aria-hidden="true" />;
}
