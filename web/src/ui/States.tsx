import { type ReactNode, useEffect, useState } from 'react';
import { ApiError } from '../api/errors';
import { useText } from '../i18n';
import { Button } from './Button';
import { copy } from './copy';
import { Icon, type IconName } from './Icon';
import styles from './States.module.css';

/** True once delay has passed: what loads quickly shows nothing in between. */
function useAfter(delay: number): boolean {
  const [passed, setPassed] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setPassed(true), delay);
    return () => clearTimeout(timer);
  }, [delay]);
  return passed;
}

/** The outline of what loads, with its final size, after 150 ms of nothing. */
export function Skeleton({ rows = 1, height = 20, label }: { rows?: number; height?: number; label?: string }) {
  const text = useText();
  const shown = useAfter(150);
  return (
    <div className={styles.skeleton} role="status" aria-label={label ?? text.app.loading}>
      {Array.from({ length: rows }, (_, i) => (
        <div
          key={i}
          className={shown ? styles.bone : undefined}
          style={{ height, width: rows > 1 ? `${92 - ((i * 29) % 37)}%` : '100%' }}
        />
      ))}
    </div>
  );
}

/** Nothing is there, and what to do about it. */
export function Empty({
  icon = 'info',
  title,
  children,
  actions,
}: {
  icon?: IconName;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div className={styles.card}>
      <Icon name={icon} size={24} />
      <h2>{title}</h2>
      {children && <div className={styles.text}>{children}</div>}
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}

/** The card of an error in place of the part that failed. Handles missing operations, 401 and 403. */
export function Problem({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const text = useText();
  const api = error instanceof ApiError ? error : undefined;
  const plain = error instanceof Error ? error.message : String(error);
  const [title, hint] = explain();

  function explain(): [string, string] {
    const s = text.states;
    if (!api) return [s.crashed, s.crashedHint];
    if (api.status === 0) return [s.unreachable, s.unreachableHint];
    if (api.unauthenticated) return [s.signIn, s.signInHint];
    if (api.status === 403) return [s.denied, s.deniedHint(`xray:${api.operation}`)];
    if (api.missing) return [s.missing, s.missingHint];
    return [s.failed, plain];
  }

  const details = [
    api?.operation,
    api?.code,
    plain,
    api?.requestId,
    error instanceof Error && !api ? error.stack : undefined,
  ]
    .filter(Boolean)
    .join('\n');
  return (
    <div className={`${styles.card} ${styles.problem}`} role="alert">
      <Icon name="warning" size={24} />
      <h2>{title}</h2>
      <div className={styles.text}>{hint}</div>
      <div className={styles.details}>
        {api && <code>{api.code}</code>}
        {api?.requestId && (
          <>
            {' '}
            {text.states.requestId} <code>{api.requestId}</code>
          </>
        )}
      </div>
      <div className={styles.actions}>
        {onRetry && (!api || api.transient || api.status === 401) && (
          <Button kind="primary" onPress={onRetry}>
            {text.actions.retry}
          </Button>
        )}
        <Button onPress={() => void copy(details, text.actions.copied)}>{text.actions.copyDetails}</Button>
      </div>
    </div>
  );
}

/** A note in place: partial results, clock skew, missing parents. */
export function Banner({
  kind = 'info',
  children,
  actions,
}: {
  kind?: 'info' | 'warning';
  children: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div className={`${styles.banner} ${kind === 'warning' ? styles.warning : ''}`}>
      <Icon name={kind} />
      <span className={styles.bannerText}>{children}</span>
      {actions}
    </div>
  );
}

/**
 * Content that stays while newer content loads: it is dimmed, with a line of progress on top.
 * A share between 0 and 1 makes the line tell how far it is.
 */
export function Reloading({
  busy,
  share,
  children,
}: {
  busy: boolean;
  share?: number | undefined;
  children: ReactNode;
}) {
  const text = useText();
  return (
    <div className={styles.reloading} aria-busy={busy}>
      {busy && (
        <div
          className={styles.progress}
          role="progressbar"
          aria-label={text.states.refreshing}
          {...(share === undefined ? {} : { 'aria-valuenow': Math.round(share * 100) })}
        >
          <div
            className={share === undefined ? styles.sweep : styles.done}
            style={share === undefined ? {} : { transform: `scaleX(${share})` }}
          />
        </div>
      )}
      {children}
    </div>
  );
}
