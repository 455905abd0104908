import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import { holdRefresh } from '../app/session';
import { useText } from '../i18n';
import styles from './Brush.module.css';

/** A selection in bins: from the start of bin `from` to the start of bin `to`; fractions are between. */
export interface BinRange {
  from: number;
  to: number;
}

/**
 * Lies over a chart of bins. Dragging selects whole bins; each end is a slider for the keyboard:
 * arrows move by a bin, Page Up and Page Down by ten, Home and End to the ends. A click without
 * dragging, or Escape, clears.
 */
export function Brush({
  bins,
  value,
  onSelect,
  label,
  describe,
}: {
  bins: number;
  value: BinRange | undefined;
  onSelect(range: BinRange | undefined): void;
  label: string;
  /** Says what the edge before a bin is. */
  describe(edge: number): string;
}) {
  const text = useText();
  const area = useRef<HTMLDivElement>(null);
  const [moving, setMoving] = useState<BinRange>();
  const release = useRef<() => void>(undefined);
  const shown = moving ?? value;

  useEffect(() => () => release.current?.(), []);

  function at(e: PointerEvent): number {
    const box = area.current?.getBoundingClientRect();
    if (!box || box.width === 0) return 0;
    return Math.max(0, Math.min(bins, ((e.clientX - box.left) / box.width) * bins));
  }

  function start(e: PointerEvent<HTMLDivElement>, fixed?: number) {
    if (e.button !== 0) return;
    e.preventDefault();
    e.stopPropagation();
    const origin = fixed ?? at(e);
    const element = e.currentTarget;
    element.setPointerCapture(e.pointerId);
    release.current = holdRefresh();
    let range: BinRange | undefined;
    const move = (event: Event) => {
      const now = at(event as unknown as PointerEvent);
      if (fixed === undefined && Math.abs(now - origin) < 0.3 && !range) return;
      range = { from: Math.floor(Math.min(origin, now)), to: Math.ceil(Math.max(origin, now)) };
      if (range.to === range.from) range.to++;
      setMoving(range);
    };
    const end = () => {
      element.removeEventListener('pointermove', move);
      release.current?.();
      setMoving(undefined);
      onSelect(range);
    };
    element.addEventListener('pointermove', move);
    element.addEventListener('lostpointercapture', end, { once: true });
  }

  function key(e: KeyboardEvent, end: 'from' | 'to') {
    const range = value ?? { from: 0, to: bins };
    const steps: Record<string, number> = {
      ArrowLeft: -1,
      ArrowDown: -1,
      ArrowRight: 1,
      ArrowUp: 1,
      PageDown: -10,
      PageUp: 10,
      Home: -bins,
      End: bins,
    };
    if (e.key === 'Escape' && value) {
      e.preventDefault();
      e.stopPropagation();
      onSelect(undefined);
      return;
    }
    const step = steps[e.key];
    if (step === undefined) return;
    e.preventDefault();
    const next = { ...range };
    if (end === 'from') next.from = Math.max(0, Math.min(Math.ceil(range.to) - 1, Math.round(range.from) + step));
    else next.to = Math.min(bins, Math.max(Math.floor(range.from) + 1, Math.round(range.to) + step));
    onSelect(next);
  }

  const percent = (bin: number) => `${Math.max(0, Math.min(100, (bin / bins) * 100))}%`;
  const range = shown ?? { from: 0, to: bins };
  return (
    <div ref={area} className={styles.area} onPointerDown={e => start(e)}>
      {shown && (
        <>
          <div className={styles.outside} style={{ left: 0, width: percent(range.from) }} />
          <div className={styles.outside} style={{ left: percent(range.to), right: 0 }} />
        </>
      )}
      {(['from', 'to'] as const).map(end => (
        <div
          key={end}
          role="slider"
          tabIndex={0}
          aria-label={`${label}: ${text.chart[end]}`}
          aria-valuemin={0}
          aria-valuemax={bins}
          aria-valuenow={Math.round(range[end])}
          aria-valuetext={describe(range[end])}
          className={`${styles.handle} ${shown ? styles.set : ''}`}
          style={{ left: percent(range[end]) }}
          onKeyDown={e => key(e, end)}
          onPointerDown={e => start(e, end === 'from' ? range.to : range.from)}
        />
      ))}
    </div>
  );
}
