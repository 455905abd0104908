import type { Analysis, AnalyzedField, FieldValue, SetSeries } from '../../api/console';
import { add, has, not } from '../../query/terms';

/** The two sides of a comparison: A, and B or, without it, the rest. */
export type Side = 'a' | 'b';

export interface Sets {
  a: string;
  /** Undefined when A is compared with the rest. */
  b: string | undefined;
}

/** Adds a term to a set, or its negation. */
export function refine(sets: Sets, side: Side, term: string, exclude = false): Sets {
  const wanted = exclude ? not(term) : term;
  if (side === 'b') return { ...sets, b: add(sets.b ?? '', wanted) };
  return { ...sets, a: add(sets.a, wanted) };
}

export function isIn(sets: Sets, side: Side, term: string): boolean {
  return has((side === 'a' ? sets.a : sets.b) ?? '', term);
}

/** Ways to begin, made of what is looked at now. */
export function starts(sets: Sets, found: Analysis | undefined): { id: 'slow' | 'faults' | 'errors'; sets: Sets }[] {
  const made: { id: 'slow' | 'faults' | 'errors'; sets: Sets }[] = [];
  const p95 = found?.sets.a.responseTime.p95;
  const base = sets.a;
  const outcomes = found?.sets.a.outcomes;
  if (outcomes && outcomes.fault > 0 && outcomes.ok > 0)
    made.push({ id: 'faults', sets: { a: add(base, 'fault'), b: add(base, 'ok') } });
  if (outcomes && outcomes.error > 0 && outcomes.ok > 0)
    made.push({ id: 'errors', sets: { a: add(base, 'error'), b: add(base, 'ok') } });
  if (p95) {
    const at = Number(p95.toPrecision(3));
    made.push({ id: 'slow', sets: { a: add(base, `responsetime >= ${at}`), b: add(base, `responsetime < ${at}`) } });
  }
  return made;
}

/** A value of a field with its shares in both sets. */
export interface Row {
  value: FieldValue;
  a: number;
  b: number;
  shareA: number;
  shareB: number;
  delta: number;
}

/** The values of a field with their shares of all traces of the sets, by size or by difference. */
export function rowsOf(field: AnalyzedField, found: Analysis, order: 'count' | 'delta'): Row[] {
  const nA = found.sets.a.count;
  const nB = (found.sets.b ?? found.sets.rest).count;
  const rows = field.values.map(value => {
    const b = found.sets.b ? (value.b ?? 0) : value.rest;
    const shareA = nA > 0 ? value.a / nA : 0;
    const shareB = nB > 0 ? b / nB : 0;
    return { value, a: value.a, b, shareA, shareB, delta: shareA - shareB };
  });
  const size = (r: Row) => (order === 'delta' ? Math.abs(r.delta) : r.a + r.b);
  return rows.sort((x, y) => size(y) - size(x));
}

/** All traces of each period. */
export function totals(s: SetSeries): number[] {
  return s.ok.map((n, i) => n + (s.error[i] ?? 0) + (s.throttle[i] ?? 0) + (s.fault[i] ?? 0));
}

/** Counts as shares of all of them. */
export function normalized(counts: readonly number[]): number[] {
  const all = counts.reduce((sum, n) => sum + n, 0);
  return counts.map(n => (all > 0 ? n / all : 0));
}

/** The line of a histogram: flat over each bin. x in bins, y as a share of the top, in the units of the view box. */
export function steps(values: readonly number[], top: number, height: number): string {
  const y = (v: number) => (height - (v / top) * height).toFixed(2);
  return values.map((v, i) => `${i === 0 ? 'M' : 'L'}${i} ${y(v)}L${i + 1} ${y(v)}`).join('');
}
