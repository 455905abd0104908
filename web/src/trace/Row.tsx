import { type CSSProperties, memo } from 'react';
import { FLAG } from '../api/console';
import type { Formats } from '../i18n';
import { Icon, OutcomeMark } from '../ui';
import type { Zoom } from './address';
import { type ColourBy, colourOf } from './colour';
import type { messages } from './messages';
import { at, has, isSegment, outcomeAt, type Part, selfParts, type Trace } from './model';
import styles from './trace.module.css';
import type { Hidden } from './visible';

/** Words are handed down: a row that comes into view subscribes to nothing. */
export type Words = (typeof messages)['en'];

export interface RowProps {
  trace: Trace;
  row: number;
  top: number;
  window: Zoom;
  /** Pixels that the whole window takes, and those free behind its end. */
  width: number;
  gutter: number;
  colourBy: ColourBy;
  services: ReadonlyMap<string, number>;
  critical: readonly Part[] | undefined;
  open: boolean;
  pruned: Hidden | undefined;
  active: boolean;
  match: boolean;
  /** Place in the grid, from 0. Without it the row is a picture of one, for the eye alone. */
  index?: number;
  id?: string;
  /** Place among siblings and their number. */
  place?: number;
  siblings?: number;
  text: Words;
  format: Formats;
}

/** One line of the timeline: what it is, and when it was at work. */
export const Row = memo(function Row(p: RowProps) {
  const { trace: t, row, text, format } = p;
  const depth = at(t.depth, row);
  const service = t.service(row);
  const segment = isSegment(t, row);
  const inferred = has(t, row, FLAG.inferred);
  const running = has(t, row, FLAG.inProgress);
  const below = at(t.descendants, row);
  const cell = p.index === undefined ? undefined : 'gridcell';
  const name = t.name(row);
  const operation = t.operation(row);
  const seconds = (at(t.end, row) - at(t.start, row)) / 1e9;
  return (
    <div
      id={p.id}
      {...(p.index === undefined
        ? {}
        : {
            role: 'row',
            'aria-rowindex': p.index + 2,
            'aria-level': depth + 1,
            'aria-posinset': p.place,
            'aria-setsize': p.siblings,
            'aria-selected': p.active,
            ...(below > 0 ? { 'aria-expanded': p.open && !p.pruned } : {}),
          })}
      data-active={p.active}
      data-row={row}
      className={`${styles.row} ${p.match ? styles.match : ''}`}
      style={{ transform: `translateY(${p.top}px)` }}
    >
      <div role={cell} className={styles.what} style={{ '--depth': Math.min(depth, 24) } as CSSProperties}>
        {below > 0 && !p.pruned ? (
          <span className={styles.twisty} data-twisty="" aria-hidden="true">
            <Icon name={p.open ? 'down' : 'right'} size={12} />
          </span>
        ) : (
          <span className={styles.twisty} aria-hidden="true" />
        )}
        {p.colourBy === 'service' && (
          <span
            className={styles.dot}
            style={{ background: `var(${colourOf(t, row, 'service', p.services)})` }}
            aria-hidden="true"
          />
        )}
        <OutcomeMark outcome={outcomeAt(t, row)} />
        <span className={styles.label} title={`${name}${operation ? ` · ${operation}` : ''} (${service})`}>
          <span className={segment && !inferred ? styles.segment : ''}>{name}</span>
          {inferred && <span className={styles.tag}> {text.inferred}</span>}
          {running && <span className={styles.tag}> {text.running}</span>}
          {has(t, row, FLAG.parentMissing) && <span className={styles.tag}> {text.parentMissing}</span>}
          {p.pruned && (
            <span className={styles.tag}>
              {' '}
              {text.hidden(format.count(p.pruned.count), format.count(p.pruned.faults))}
            </span>
          )}
          {below > 0 && !p.open && !p.pruned && <span className={styles.tag}> +{format.count(below)}</span>}
          {operation && <span className={styles.operation}> · {operation}</span>}
          {!segment && service !== name && <span className={styles.service}> · {service}</span>}
        </span>
      </div>
      <div role={cell} className={styles.when}>
        <span className={styles.bars}>
          <Bar {...p} />
        </span>
        <span className={styles.duration} style={labelPlace(p)}>
          {running ? '≥ ' : ''}
          {format.duration(seconds)}
        </span>
      </div>
    </div>
  );
});

/** Share of the window that a moment is at. */
const share = (moment: number, w: Zoom) => (moment - w.from) / (w.to - w.from);

/** The duration stands where there is room: behind the bar, before it, or in it. */
function labelPlace({ trace: t, row, window: w, width, gutter }: RowProps): CSSProperties {
  const from = share(at(t.start, row), w);
  const to = share(at(t.end, row), w);
  const room = 64 / Math.max(1, width);
  if (to <= 1 - room + gutter / Math.max(1, width)) return { left: `calc(${Math.max(0, to) * 100}% + 4px)` };
  if (from > room) return { right: `calc(${(1 - Math.min(1, from)) * 100}% + 4px)` };
  return { right: 4, color: 'var(--text)', background: 'var(--page)', borderRadius: 2, padding: '0 3px' };
}

function gradient(parts: readonly Part[], colour: string, rest: string): string {
  const stops: string[] = [];
  let before = 0;
  const percent = (n: number) => `${(n * 100).toFixed(3)}%`;
  for (const { from, to } of parts) {
    stops.push(`${rest} ${percent(before)} ${percent(from)}`, `${colour} ${percent(from)} ${percent(to)}`);
    before = to;
  }
  stops.push(`${rest} ${percent(before)} 100%`);
  return `linear-gradient(to right, ${stops.join(', ')})`;
}

function Bar({ trace: t, row, window: w, colourBy, services, critical }: RowProps) {
  const from = share(at(t.start, row), w);
  const to = share(at(t.end, row), w);
  if (to < 0 || from > 1) return null;
  const place = { left: `${from * 100}%`, width: `${(to - from) * 100}%` };
  const fill = `var(${colourOf(t, row, colourBy, services)})`;
  const kind = has(t, row, FLAG.inferred) ? styles.dashed : has(t, row, FLAG.inProgress) ? styles.striped : '';
  // Self time of a call is what lies between caller and callee: the network, a queue.
  const between = has(t, row, FLAG.call) && at(t.descendants, row) > 0;
  const background = kind
    ? undefined
    : gradient(selfParts(t, row), between ? 'var(--bar-between)' : fill, 'var(--bar-light)');
  return (
    <>
      <span
        className={`${styles.bar} ${kind}`}
        data-bar=""
        style={{ ...place, '--fill': fill, ...(background ? { backgroundImage: background } : {}) } as CSSProperties}
      />
      {critical && (
        <span
          className={styles.critical}
          style={{ ...place, backgroundImage: gradient(critical, 'var(--critical)', 'transparent') }}
        />
      )}
    </>
  );
}
