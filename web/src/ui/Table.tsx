import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type MouseEvent, type ReactNode, useEffect, useId, useMemo, useRef } from 'react';
import { usePreferences } from '../app/preferences';
import { useText } from '../i18n';
import type { Sort } from '../url/codec';
import { Icon } from './Icon';
import styles from './Table.module.css';

export interface Column<Row> {
  id: string;
  label: string;
  /** A CSS grid track: 120px, minmax(160px, 2fr). */
  width: string;
  align?: 'end';
  sortable?: boolean;
  cell(row: Row): ReactNode;
}

export interface TableProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey(row: Row): string;
  /** The present order; the page sorts the rows. */
  sort?: Sort;
  onSort?(sort: Sort): void;
  /** Key of the row with the cursor. */
  active?: string | undefined;
  onActive?(key: string | undefined): void;
  /** Enter and double click. */
  onOpen?(row: Row): void;
  /** Space and click: shows details beside the table. */
  onPreview?(row: Row): void;
  /** Keys of marked rows. */
  marked?: ReadonlySet<string>;
  /** The button at the end of a row, a right click, and the menu key. The cell is the one that was clicked. */
  onMenu?(row: Row, anchor: Element, column?: string): void;
  /** Other keys while the table has the focus; true when it was used. */
  onKey?(event: KeyboardEvent, row: Row | undefined): boolean;
  /** More rows exist than are here; for aria-rowcount. */
  total?: number;
  /** Called when the end of the rows comes into view. */
  onEnd?(): void;
  /** Told when the rows are scrolled away from the top, and when they are back. */
  onAway?(away: boolean): void;
  /** Below the last row. */
  footer?: ReactNode;
}

/**
 * A grid of rows of one height. Only those in view are rendered; the header stays. The grid is one
 * stop of Tab: arrows, Home, End, Page Up and Page Down move the cursor, which is announced by
 * aria-activedescendant, so that rows may come and go.
 */
export function Table<Row>(props: TableProps<Row>) {
  const { columns, rows, rowKey, active, onActive, onOpen, onPreview, onMenu, marked, sort, onSort, onEnd } = props;
  const text = useText();
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const density = usePreferences(p => p.density);
  const height = density === 'compact' ? 26 : 32;
  const index = useMemo(
    () => (active === undefined ? -1 : rows.findIndex(r => rowKey(r) === active)),
    [rows, rowKey, active],
  );
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 12,
    useFlushSync: false,
    // The head is part of what scrolls, and stays.
    scrollPaddingStart: height,
    scrollPaddingEnd: height,
    getItemKey: i => rowKey(rows[i] as Row),
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured anew when the rows' height changes
  useEffect(() => virtual.measure(), [height]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a moved cursor scrolls
  useEffect(() => {
    if (index >= 0) virtual.scrollToIndex(index, { align: 'auto' });
  }, [index]);

  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (onEnd && rows.length > 0 && lastShown >= rows.length - 1) onEnd();
  }, [onEnd, lastShown, rows.length]);

  const tracks = columns.map(c => c.width).join(' ') + (onMenu ? ' 36px' : '');
  const row = index >= 0 ? rows[index] : undefined;

  function onKeyDown(event: KeyboardEvent) {
    if (event.target !== event.currentTarget || event.nativeEvent.isComposing) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 320) / height) - 2);
    const go = (to: number) => {
      const target = rows[Math.max(0, Math.min(rows.length - 1, to))];
      if (target) onActive?.(rowKey(target));
    };
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key === 'ArrowDown' && plain) go(index + 1);
    else if (event.key === 'ArrowUp' && plain) go(index < 0 ? 0 : index - 1);
    else if (event.key === 'PageDown') go(index + page);
    else if (event.key === 'PageUp') go(index - page);
    else if (event.key === 'Home') go(0);
    else if (event.key === 'End') go(rows.length - 1);
    else if (event.key === 'Enter' && row && onOpen) onOpen(row);
    else if (event.key === ' ' && row && onPreview) onPreview(row);
    else if ((event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) && row && onMenu) {
      const element = document.getElementById(`${id}-${rowKey(row)}`);
      if (element) onMenu(row, element);
    } else if (!props.onKey?.(event, row)) return;
    event.preventDefault();
  }

  function onClick(event: MouseEvent, row: Row) {
    if ((event.target as Element).closest('a, button')) return;
    onActive?.(rowKey(row));
    onPreview?.(row);
  }

  return (
    <div ref={scroller} className={styles.scroller} onScroll={e => props.onAway?.(e.currentTarget.scrollTop > 0)}>
      <div
        className={styles.grid}
        role="grid"
        aria-label={props.label}
        aria-rowcount={(props.total ?? rows.length) + 1}
        aria-colcount={columns.length}
        {...(row ? { 'aria-activedescendant': `${id}-${rowKey(row)}` } : {})}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onFocus={e => {
          if (e.target === e.currentTarget && index < 0 && rows[0]) onActive?.(rowKey(rows[0]));
        }}
        style={{ '--tracks': tracks } as React.CSSProperties}
      >
        <div className={styles.head} role="row" aria-rowindex={1}>
          {columns.map(c => {
            const sorted = sort?.column === c.id;
            return (
              <div
                key={c.id}
                role="columnheader"
                className={`${styles.cell} ${c.align === 'end' ? styles.end : ''}`}
                {...(sorted ? { 'aria-sort': sort.descending ? 'descending' : 'ascending' } : {})}
              >
                {c.sortable && onSort ? (
                  <button
                    type="button"
                    className={styles.sort}
                    onClick={() => onSort({ column: c.id, descending: sorted ? !sort.descending : true })}
                  >
                    {c.label}
                    {sorted && <Icon name={sort.descending ? 'down' : 'up'} size={12} />}
                  </button>
                ) : (
                  c.label
                )}
              </div>
            );
          })}
          {onMenu && (
            <div role="columnheader" className={styles.cell}>
              <span className="hidden-text">{text.table.actions}</span>
            </div>
          )}
        </div>
        <div className={styles.body} role="rowgroup" style={{ height: virtual.getTotalSize() }}>
          {items.map(item => {
            const row = rows[item.index] as Row;
            const key = rowKey(row);
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys
              <div
                key={key}
                id={`${id}-${key}`}
                role="row"
                aria-rowindex={item.index + 2}
                aria-selected={key === active}
                className={`${styles.row} ${marked?.has(key) ? styles.marked : ''}`}
                style={{ transform: `translateY(${item.start}px)` }}
                onClick={e => onClick(e, row)}
                onDoubleClick={() => onOpen?.(row)}
                onContextMenu={e => {
                  if (!onMenu || (e.target as Element).closest('a')) return;
                  e.preventDefault();
                  const cell = (e.target as Element).closest('[data-column]');
                  onActive?.(key);
                  onMenu(row, cell ?? e.currentTarget, cell?.getAttribute('data-column') ?? undefined);
                }}
              >
                {columns.map(c => (
                  <div
                    key={c.id}
                    role="gridcell"
                    data-column={c.id}
                    className={`${styles.cell} ${c.align === 'end' ? styles.end : ''}`}
                  >
                    {c.cell(row)}
                  </div>
                ))}
                {onMenu && (
                  <div role="gridcell" className={styles.cell}>
                    <button
                      type="button"
                      tabIndex={-1}
                      className={styles.menu}
                      aria-label={text.table.actions}
                      onClick={e => {
                        onActive?.(key);
                        onMenu(row, e.currentTarget);
                      }}
                    >
                      <Icon name="more" />
                    </button>
                  </div>
                )}
              </div>
            );
          })}
        </div>
      </div>
      {props.footer && <div className={styles.footer}>{props.footer}</div>}
    </div>
  );
}
