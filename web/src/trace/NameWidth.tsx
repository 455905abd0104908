import type { KeyboardEvent, PointerEvent } from 'react';
import { setPanelWidth, usePreferences } from '../app/preferences';
import { useMessages } from '../i18n';
import { messages } from './messages';
import styles from './trace.module.css';

const NAME = 'trace-names';
const LEAST = 140;
const STEP = 24;

/** The width of the column of names in pixels, as the reader left it. */
export const useNameWidth = (): number | undefined => usePreferences(p => p.panels[NAME]);

/** The edge between names and bars: drags, or moves with the arrow keys. Grid gives the element's present width. */
export function NameWidth({ grid }: { grid(): HTMLElement | null }) {
  const text = useMessages(messages);
  const width = useNameWidth() ?? 420;
  const most = () => Math.max(LEAST, (grid()?.clientWidth ?? 800) - 200);
  const clamp = (w: number) => Math.min(most(), Math.max(LEAST, w));

  function drag(e: PointerEvent<HTMLDivElement>) {
    const element = grid();
    const handle = e.currentTarget;
    const cell = handle.parentElement;
    if (!element || !cell) return;
    const from = cell.getBoundingClientRect().width - e.clientX;
    let now = cell.getBoundingClientRect().width;
    handle.setPointerCapture(e.pointerId);
    const move = (event: globalThis.PointerEvent) => {
      now = clamp(from + event.clientX);
      element.style.setProperty('--name-width', `${now}px`);
    };
    handle.addEventListener('pointermove', move);
    handle.addEventListener(
      'lostpointercapture',
      () => {
        handle.removeEventListener('pointermove', move);
        setPanelWidth(NAME, now);
      },
      { once: true },
    );
  }

  function key(e: KeyboardEvent<HTMLDivElement>) {
    const now = e.currentTarget.parentElement?.getBoundingClientRect().width ?? width;
    if (e.key === 'ArrowLeft') setPanelWidth(NAME, clamp(now - STEP));
    else if (e.key === 'ArrowRight') setPanelWidth(NAME, clamp(now + STEP));
    else return;
    e.preventDefault();
    e.stopPropagation();
  }

  return (
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={text.nameWidth}
      aria-valuenow={Math.round(width)}
      aria-valuemin={LEAST}
      aria-valuemax={Math.max(2000, Math.round(width))}
      tabIndex={0}
      className={styles.nameWidth}
      onPointerDown={drag}
      onKeyDown={key}
      onClick={e => e.stopPropagation()}
    />
  );
}
