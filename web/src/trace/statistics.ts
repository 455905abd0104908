import { FLAG } from '../api/console';
import { at, has, isSegment, type Trace } from './model';

export type By = 'service' | 'name' | 'operation' | 'type';
export const BY: readonly By[] = ['service', 'name', 'operation', 'type'];

/** Times in seconds. */
export interface Statistic {
  key: string;
  count: number;
  total: number;
  self: number;
  average: number;
  p95: number;
  /** Of all self time. */
  share: number;
  faults: number;
  errors: number;
  /** The slowest row. */
  row: number;
}

/** What belongs together; undefined for rows that do not count. */
function keyOf(t: Trace, row: number, by: By): string | undefined {
  if (by === 'service') return t.service(row);
  if (by === 'name') return `${t.service(row)} › ${t.name(row)}`;
  if (by === 'operation') return t.operation(row) || undefined;
  return isSegment(t, row) ? (t.segments[at(t.segment, row)]?.origin ?? '–') : undefined;
}

/**
 * Counts and times of groups of rows. The total of a service is that of its segments, since those
 * contain the rest; inferred segments repeat their calls and are left out.
 */
export function statistics(t: Trace, by: By): Statistic[] {
  const groups = new Map<string, number[]>();
  let allSelf = 0;
  for (let row = 0; row < t.count; row++) {
    if (has(t, row, FLAG.inferred)) continue;
    allSelf += at(t.self, row);
    const key = keyOf(t, row, by);
    if (key === undefined) continue;
    const rows = groups.get(key);
    if (rows) rows.push(row);
    else groups.set(key, [row]);
  }
  return [...groups].map(([key, rows]) => {
    const own = by === 'service' ? rows.filter(r => isSegment(t, r)) : rows;
    const measured = own.length > 0 ? own : rows;
    const lengths = measured.map(r => (at(t.end, r) - at(t.start, r)) / 1e9).sort((a, b) => a - b);
    const total = lengths.reduce((a, b) => a + b, 0);
    const self = rows.reduce((sum, r) => sum + at(t.self, r), 0);
    return {
      key,
      count: measured.length,
      total,
      self: self / 1e9,
      average: total / measured.length,
      p95: lengths[Math.max(0, Math.ceil(lengths.length * 0.95) - 1)] ?? 0,
      share: allSelf > 0 ? self / allSelf : 0,
      faults: rows.filter(r => has(t, r, FLAG.fault)).length,
      errors: rows.filter(r => has(t, r, FLAG.error) && !has(t, r, FLAG.fault)).length,
      row: measured.reduce((worst, r) => (lengthOf(t, r) > lengthOf(t, worst) ? r : worst), measured[0] ?? 0),
    };
  });
}

const lengthOf = (t: Trace, row: number) => at(t.end, row) - at(t.start, row);
