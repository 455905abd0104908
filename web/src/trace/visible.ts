import { FLAG } from '../api/console';
import { ancestorsOf, at, has, type Trace } from './model';

/** What a row stands for that is not shown. */
export interface Hidden {
  count: number;
  faults: number;
}

export interface Visible {
  /** Rows of the trace in the order on the screen. */
  rows: Int32Array;
  /** Rows whose subtrees are pruned. */
  pruned: ReadonlyMap<number, Hidden>;
  /** Where a row is on the screen; of a hidden row, where what hides it is. -1 when nothing does. */
  indexOf(row: number): number;
}

export interface Choice {
  collapsed: ReadonlySet<number>;
  /** Services whose subtrees are replaced by one row. */
  prune: readonly string[];
  onlyCritical: boolean;
}

/** The rows that show. Takes one pass. */
export function visible(t: Trace, { collapsed, prune, onlyCritical }: Choice): Visible {
  const kept = onlyCritical ? criticalRows(t) : undefined;
  const services = new Set(prune);
  const rows = new Int32Array(t.count);
  const pruned = new Map<number, Hidden>();
  let n = 0;
  for (let row = 0; row < t.count; ) {
    const below = at(t.descendants, row);
    if (kept && !kept[row]) {
      row += below + 1;
      continue;
    }
    rows[n++] = row;
    const cut = services.size > 0 && services.has(t.service(row));
    if (cut) pruned.set(row, hidden(t, row));
    row += cut || collapsed.has(row) ? below + 1 : 1;
  }
  const shown = rows.subarray(0, n);
  return { rows: shown, pruned, indexOf: row => place(t, shown, row) };
}

/** Rows ascend, so what hides a row is the last one shown before it, if it is above it in the tree. */
function place(t: Trace, rows: Int32Array, row: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(rows, middle) <= row) low = middle + 1;
    else high = middle;
  }
  const found = low - 1;
  if (found < 0 || row < 0) return -1;
  const shown = at(rows, found);
  return row <= shown + at(t.descendants, shown) ? found : -1;
}

/** What is below a row. */
export function hidden(t: Trace, row: number): Hidden {
  const last = row + at(t.descendants, row);
  let faults = 0;
  for (let i = row + 1; i <= last; i++) if (has(t, i, FLAG.fault)) faults++;
  return { count: last - row, faults };
}

/** Rows on the critical path and all above them. */
function criticalRows(t: Trace): Uint8Array {
  const kept = new Uint8Array(t.count);
  for (let row = t.count - 1; row >= 0; row--) {
    if (has(t, row, FLAG.critical)) kept[row] = 1;
    const parent = at(t.parent, row);
    if (kept[row] && parent >= 0) kept[parent] = 1;
  }
  return kept;
}

/** Traces up to this many rows open completely. */
const ALL_OPEN = 2000;
/** Of larger ones, this many levels open, and what is above faults or critical rows. */
const LEVELS = 3;

/** What is collapsed when a trace is opened. */
export function initiallyCollapsed(t: Trace): ReadonlySet<number> {
  if (t.count <= ALL_OPEN) return new Set();
  const important = new Uint8Array(t.count);
  for (let row = t.count - 1; row >= 0; row--) {
    if ((at(t.flags, row) & (FLAG.fault | FLAG.critical)) !== 0) important[row] = 1;
    const parent = at(t.parent, row);
    // A row with something important below must be open: 2 says so.
    if (important[row] && parent >= 0) important[parent] = 2;
  }
  const collapsed = new Set<number>();
  for (let row = 0; row < t.count; row++) {
    if (at(t.descendants, row) > 0 && at(t.depth, row) >= LEVELS && important[row] !== 2) collapsed.add(row);
  }
  return collapsed;
}

/** Opens everything above a row. The same set when nothing has to be opened. */
export function opened(t: Trace, collapsed: ReadonlySet<number>, row: number): ReadonlySet<number> {
  const above = ancestorsOf(t, row).filter(a => collapsed.has(a));
  if (above.length === 0) return collapsed;
  const next = new Set(collapsed);
  for (const a of above) next.delete(a);
  return next;
}

/** Opens (deeper) or closes one more level of the tree. */
export function oneLevel(t: Trace, collapsed: ReadonlySet<number>, open: boolean): ReadonlySet<number> {
  const next = new Set(collapsed);
  if (open) {
    let level = Number.POSITIVE_INFINITY;
    for (const row of collapsed) level = Math.min(level, at(t.depth, row));
    for (const row of collapsed) if (at(t.depth, row) === level) next.delete(row);
    return next;
  }
  let level = -1;
  const { rows } = visible(t, { collapsed, prune: [], onlyCritical: false });
  const closable = (row: number) => at(t.descendants, row) > 0 && !collapsed.has(row);
  for (const row of rows) if (closable(row)) level = Math.max(level, at(t.depth, row));
  for (const row of rows) if (closable(row) && at(t.depth, row) === level) next.add(row);
  return next;
}
