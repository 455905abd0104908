import { useIsFetching, useQuery } from '@tanstack/react-query';
import { lazy, type RefObject, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { queries } from '../api/queries';
import { remember, usePreferences } from '../app/preferences';
import { type Shortcut, useShortcuts } from '../app/shortcuts';
import { useFormats, useMessages, useText } from '../i18n';
import type { Window } from '../time/range';
import { Button, IconButton, Menu } from '../ui';
import { complete, type Known } from './complete';
import styles from './FilterBox.module.css';
import { meanings } from './language';
import { messages } from './messages';

const Editor = lazy(() => import('./Editor'));

/**
 * The box for filter expressions: completion, the server's judgement while typing, history and
 * an explanation. What is typed becomes the filter with Enter. Until the editor's code is there
 * a plain field holds the text.
 */
export function FilterBox({
  value,
  onRun,
  onType,
  window: w,
  group,
  known,
  shortcut = true,
}: {
  value: string;
  onRun(expression: string): void;
  /** Told of every change: for forms, where nobody has to run an expression before it counts. */
  onType?(expression: string): void;
  window: Window;
  group: string | undefined;
  known: Known;
  /** Whether / leads here: for the one main box of a page. */
  shortcut?: boolean;
}) {
  const text = useMessages(messages);
  const words = useMessages(meanings);
  const all = useText();
  const format = useFormats();
  const past = usePreferences(p => p.history);
  const [typed, setText] = useState(value);
  const [at, setAt] = useState(-1);
  const box = useRef<HTMLDivElement>(null);
  const focused = useRef(false);
  useEffect(() => setText(value), [value]);
  const setTyped = useCallback(
    (expression: string) => {
      setText(expression);
      onType?.(expression);
    },
    [onType],
  );

  const rich = useRich(focused);
  const settled = useSettled(typed, 300);
  const check = useQuery(queries.check(settled));
  const fault = settled === typed ? check.data : undefined;
  const sentence = useExplanation(typed);

  const run = useCallback(
    (expression: string) => {
      remember(expression);
      setAt(-1);
      onRun(expression.trim());
    },
    [onRun],
  );
  const recall = useCallback(
    (step: 1 | -1) => {
      const next = Math.max(-1, Math.min(past.length - 1, at + step));
      setAt(next);
      setTyped(next < 0 ? '' : (past[next] ?? ''));
    },
    [past, at, setTyped],
  );
  const suggest = useCallback(
    (t: string, cursor: number, signal: AbortSignal) => complete(t, cursor, { window: w, group }, known, signal),
    [w, group, known],
  );

  const shortcuts = useMemo<Shortcut[]>(() => {
    if (!shortcut) return [];
    return [
      {
        keys: '/',
        label: all.shortcuts.filter,
        run: () => box.current?.querySelector<HTMLElement>('input, [contenteditable]')?.focus(),
      },
    ];
  }, [shortcut, all]);
  useShortcuts(shortcuts);

  const plain = (
    <input
      className={styles.plain}
      aria-label={text.label}
      placeholder={text.hint}
      value={typed}
      spellCheck={false}
      onChange={e => setTyped(e.target.value)}
      onKeyDown={e => {
        if (e.key === 'Enter' && !e.nativeEvent.isComposing) run(typed);
      }}
    />
  );
  return (
    <div className={styles.whole}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: it watches where the focus is */}
      <div
        ref={box}
        className={`${styles.box} ${fault ? styles.wrong : ''}`}
        onFocus={() => {
          focused.current = true;
          rich.want();
        }}
        onPointerEnter={rich.want}
        onBlur={() => {
          focused.current = false;
        }}
      >
        <Suspense fallback={plain}>
          {rich.now ? (
            <Editor
              value={typed}
              onChange={setTyped}
              onRun={run}
              onHistory={recall}
              fault={fault}
              complete={suggest}
              meaning={w => words[w] ?? ''}
              count={format.count}
              label={text.label}
              hint={text.hint}
              focused={focused.current}
            />
          ) : (
            plain
          )}
        </Suspense>
        {typed !== '' && (
          <IconButton
            icon="close"
            label={all.actions.clear}
            onPress={() => {
              setTyped('');
              run('');
            }}
          />
        )}
        {past.length > 0 && (
          <Menu
            label={text.history}
            groups={[
              {
                id: 'history',
                label: text.history,
                entries: past.slice(0, 12).map(e => ({ id: e, label: e, run: () => run(e) })),
              },
            ]}
          >
            <Button kind="quiet" icon="clock" aria-label={text.history} />
          </Menu>
        )}
        <Button kind={typed.trim() === value ? 'plain' : 'primary'} onPress={() => run(typed)}>
          {text.run}
        </Button>
      </div>
      <p className={styles.below} aria-live="polite">
        {fault ? (
          <span className={styles.fault}>
            {fault.detail ? text.fault(String(fault.position), fault.detail) : fault.message}
          </span>
        ) : (
          typed.trim() !== '' && sentence
        )}
      </p>
    </div>
  );
}

/**
 * Whether the editor is wanted: when the box is touched, or else when nothing is being asked for any more
 * and the browser has time. Until then its code, the largest part of the console, would hold up the page.
 */
function useRich(focused: RefObject<boolean>): { now: boolean; want(): void } {
  const [now, setNow] = useState(false);
  const quiet = useIsFetching() === 0;
  const want = useCallback(() => setNow(true), []);
  useEffect(() => {
    if (now || !quiet) return;
    const later = 'requestIdleCallback' in window ? requestIdleCallback : (run: () => void) => setTimeout(run, 200);
    const stop = 'requestIdleCallback' in window ? cancelIdleCallback : clearTimeout;
    const id = later(want);
    return () => stop(id as number);
  }, [now, quiet, want]);
  return { now: now || focused.current, want };
}

/** The value once it has not changed for a while. */
function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

/** The expression as a sentence, once the grammar is loaded. */
function useExplanation(expression: string): string | undefined {
  const { language } = useFormats();
  const [explain, setExplain] = useState<{ run: typeof import('./explain').explain }>();
  const wanted = expression.trim() !== '';
  useEffect(() => {
    if (!wanted) return;
    let gone = false;
    void import('./explain').then(m => {
      if (!gone) setExplain({ run: m.explain });
    });
    return () => {
      gone = true;
    };
  }, [wanted]);
  return useMemo(() => explain?.run(expression, language), [explain, expression, language]);
}
