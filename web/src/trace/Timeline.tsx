import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from 'react';
import { usePreferences } from '../app/preferences';
import { niceStep } from '../chart/scale';
import { useFormats, useMessages } from '../i18n';
import { timeStep } from '../time/axis';
import type { Zoom } from './address';
import type { ColourBy } from './colour';
import { messages } from './messages';
import { at, childrenOf, criticalParts, type Trace } from './model';
import { NameWidth, useNameWidth } from './NameWidth';
import { Row } from './Row';
import { sticky } from './sticky';
import styles from './trace.module.css';
import type { Visible } from './visible';

export interface TimelineProps {
  trace: Trace;
  visible: Visible;
  collapsed: ReadonlySet<number>;
  matches: ReadonlySet<number>;
  /** The row with the cursor, -1 without. */
  active: number;
  zoom: Zoom | undefined;
  colourBy: ColourBy;
  services: ReadonlyMap<string, number>;
  onActive(row: number): void;
  onToggle(row: number): void;
  onOpen(row: number): void;
}

/** The height of the line of times above the rows. */
const HEAD = 28;
/** At most so many callers stay at the top, and no more than a quarter of what is in view. */
const STICKY = 6;

/** A round step in nanoseconds: of seconds and minutes where those count. */
function tickStep(length: number, count: number): number {
  return length > 1e10 ? timeStep(length / 1e6, count) * 1e6 : niceStep(length, count);
}

/** Place among siblings, from 1, and how many there are; computed once for all rows. */
function places(t: Trace): { place: Int32Array; siblings: Int32Array } {
  const place = new Int32Array(t.count);
  const siblings = new Int32Array(t.count);
  for (let row = -1; row < t.count; row++) {
    if (row >= 0 && at(t.descendants, row) === 0) continue;
    const children = [...childrenOf(t, row)];
    children.forEach((child, i) => {
      place[child] = i + 1;
      siblings[child] = children.length;
    });
  }
  return { place, siblings };
}

/**
 * The waterfall: a tree grid of which only the rows in view are rendered. It is one stop of Tab;
 * arrows move, open and close.
 */
export function Timeline(p: TimelineProps) {
  const { trace: t, visible, collapsed, active, zoom } = p;
  const text = useMessages(messages);
  const format = useFormats();
  const id = useId();
  const grid = useRef<HTMLDivElement>(null);
  const nameWidth = useNameWidth();
  const scroller = useRef<HTMLDivElement>(null);
  const height = usePreferences(q => q.density) === 'compact' ? 22 : 26;
  const critical = useMemo(() => criticalParts(t), [t]);
  const siblings = useMemo(() => places(t), [t]);
  const [{ width, gutter }, setTrack] = useState({ width: 600, gutter: 0 });
  const track = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const [element, outer] = [track.current, scroller.current];
    if (!element || !outer) return;
    const sized = new ResizeObserver(() => {
      setTrack({ width: element.clientWidth, gutter: Number.parseFloat(getComputedStyle(element).marginInlineEnd) });
      setTall(outer.clientHeight);
    });
    sized.observe(element);
    sized.observe(outer);
    return () => sized.disconnect();
  }, []);
  const window = useMemo(() => zoom ?? { from: 0, to: t.extent }, [zoom, t.extent]);
  const index = active < 0 ? -1 : visible.indexOf(active);
  const [tall, setTall] = useState(480);
  const most = Math.max(1, Math.min(STICKY, Math.floor(tall / height / 4)));
  const virtual = useVirtualizer({
    count: visible.rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 6,
    useFlushSync: false,
    // Below the callers that will stay above the row; the head is part of what scrolls.
    scrollPaddingStart: Math.min(most, index < 0 ? 0 : at(t.depth, active)) * height,
    scrollPaddingEnd: HEAD,
    paddingEnd: 16,
    getItemKey: i => at(visible.rows, i),
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured anew when the rows' height changes
  useEffect(() => virtual.measure(), [height]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a moved cursor scrolls
  useEffect(() => {
    if (index >= 0) virtual.scrollToIndex(index, { align: 'auto' });
  }, [active]);

  // Where the view becomes lower, as when a panel opens beside it, the row with the cursor stays in it.
  const inView = useRef({ first: 0, last: Number.POSITIVE_INFINITY });
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a changed height scrolls
  useEffect(() => {
    const { first, last } = inView.current;
    if (index >= first && index <= last) virtual.scrollToIndex(index, { align: 'auto' });
  }, [tall]);
  useEffect(() => {
    const { startIndex = 0, endIndex = 0 } = virtual.range ?? {};
    if (Math.abs((scroller.current?.clientHeight ?? 0) - tall) < 1)
      inView.current = { first: startIndex, last: endIndex + 1 };
  });

  function onKeyDown(e: KeyboardEvent) {
    if (e.target !== e.currentTarget || e.ctrlKey || e.metaKey || e.altKey || e.nativeEvent.isComposing) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 320) / height) - 2);
    const last = visible.rows.length - 1;
    const go = (i: number) => last >= 0 && p.onActive(at(visible.rows, Math.max(0, Math.min(last, i))));
    const row = index >= 0 ? at(visible.rows, index) : -1;
    const closed = row >= 0 && collapsed.has(row);
    const branch = row >= 0 && at(t.descendants, row) > 0 && !visible.pruned.has(row);
    if (e.key === 'ArrowDown') go(index + 1);
    else if (e.key === 'ArrowUp') go(index - 1);
    else if (e.key === 'PageDown') go(index + page);
    else if (e.key === 'PageUp') go(index - page);
    else if (e.key === 'Home') go(0);
    else if (e.key === 'End') go(last);
    else if (e.key === 'ArrowRight' && branch) closed ? p.onToggle(row) : go(index + 1);
    else if (e.key === 'ArrowLeft' && row >= 0) {
      if (branch && !closed) p.onToggle(row);
      else if (at(t.parent, row) >= 0) p.onActive(at(t.parent, row));
    } else if (e.key === 'Enter' && row >= 0) p.onOpen(row);
    else return;
    e.preventDefault();
  }

  function onClick(e: MouseEvent) {
    const element = (e.target as Element).closest('[data-row]');
    if (!element) return;
    const row = Number(element.getAttribute('data-row'));
    if ((e.target as Element).closest('[data-twisty]')) p.onToggle(row);
    else p.onOpen(row);
    // What was chosen among the callers at the top is out of view itself.
    if (!element.closest('[data-above]')) return;
    p.onActive(row);
    if (row === active) virtual.scrollToIndex(index, { align: 'auto' });
  }

  const items = virtual.getVirtualItems();
  // Rows that leave make room for those that come: their elements are used again.
  const pool = useRef(1);
  pool.current = Math.max(pool.current, items.length);
  const scrolled = Math.ceil(((virtual.scrollOffset ?? 0) - 0.5) / height);
  const { rows: stuck, above } = sticky(t, visible, scrolled, most);
  const step = tickStep(window.to - window.from, Math.max(1, Math.min(8, Math.floor(width / 90))));
  const ticks: number[] = [];
  for (
    let x = Math.ceil(window.from / step) * step;
    x < window.to - ((window.to - window.from) * 48) / width;
    x += step
  )
    ticks.push(x);
  const share = (x: number) => `${((x - window.from) / (window.to - window.from)) * 100}%`;

  const current = index < 0 ? -1 : at(visible.rows, index);
  const same = { trace: t, window, width, gutter, colourBy: p.colourBy, services: p.services, text, format };
  const own = (row: number) => ({
    row,
    critical: critical.get(row),
    open: !collapsed.has(row),
    pruned: visible.pruned.get(row),
    active: row === current,
    match: p.matches.has(row),
  });

  return (
    <div ref={scroller} className={styles.scroller}>
      <div
        className={styles.grid}
        role="treegrid"
        aria-label={text.view.timeline}
        aria-rowcount={visible.rows.length + 1}
        aria-colcount={2}
        {...(current >= 0 ? { 'aria-activedescendant': `${id}-${current}` } : {})}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onClick={onClick}
        onFocus={e => {
          if (e.target === e.currentTarget && index < 0 && visible.rows.length > 0) p.onActive(at(visible.rows, 0));
        }}
        style={
          {
            '--line-height': `${height}px`,
            ...(nameWidth ? { '--name-width': `${nameWidth}px` } : {}),
          } as CSSProperties
        }
        ref={grid}
      >
        <div className={styles.head} role="row" aria-rowindex={1}>
          <div role="columnheader" className={styles.headName}>
            <span className={above.length > 0 ? 'hidden-text' : undefined}>{text.name}</span>
            {above.length > 0 && (
              <span aria-hidden="true" data-above="" className={styles.above}>
                {above.map(row => (
                  <span key={row} data-row={row}>
                    {t.name(row)}
                    {' › '}
                  </span>
                ))}
              </span>
            )}
            <NameWidth grid={() => grid.current} />
          </div>
          <div role="columnheader" ref={track} className={styles.headTime}>
            <span className="hidden-text">{text.time}</span>
            {ticks.map(x => (
              <span key={x} aria-hidden="true" className={styles.tick} style={{ left: share(x) }}>
                {x === 0 ? '0' : format.duration(x / 1e9)}
              </span>
            ))}
          </div>
        </div>
        <div aria-hidden="true" data-above="" className={styles.stuck}>
          {stuck.map((row, i) => (
            <Row key={row} {...same} {...own(row)} top={i * height} />
          ))}
        </div>
        <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize() }}>
          <div className={styles.lines} aria-hidden="true">
            {ticks.map(x => (
              <span key={x} style={{ left: share(x) }} />
            ))}
          </div>
          {items.map(item => {
            const row = at(visible.rows, item.index);
            return (
              <Row
                key={item.index % pool.current}
                {...same}
                {...own(row)}
                top={item.start}
                index={item.index}
                id={`${id}-${row}`}
                place={at(siblings.place, row)}
                siblings={at(siblings.siblings, row)}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}
