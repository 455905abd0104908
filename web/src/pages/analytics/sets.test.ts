import { expect, it } from 'vitest';
import type { Analysis, AnalyzedField } from '../../api/console';
import { isIn, normalized, refine, rowsOf, starts, steps, totals } from './sets';

const found = (a: number, b: number | null, rest: number) =>
  ({
    sets: {
      a: { count: a, outcomes: { ok: a - 1, error: 0, throttle: 0, fault: 1 }, responseTime: { p95: 0.16882 } },
      b: b === null ? null : { count: b },
      rest: { count: rest },
    },
  }) as unknown as Analysis;

const field = {
  values: [
    { value: '200', filter: 'http.status = 200', a: 50, b: 90, rest: 10 },
    { value: '503', filter: 'http.status = 503', a: 45, b: 0, rest: 0 },
  ],
} as unknown as AnalyzedField;

it('clicks refine the set under edit', () => {
  const sets = refine({ a: '', b: 'ok' }, 'b', 'user = "x"');
  expect(sets).toEqual({ a: '', b: 'ok AND user = "x"' });
  expect(isIn(sets, 'b', 'ok')).toBe(true);
  expect(refine({ a: 'fault', b: undefined }, 'a', 'http.status = 503', true).a).toBe('fault AND !http.status = 503');
});

it('suggested starts split what is looked at', () => {
  expect(starts({ a: 'user = "x"', b: undefined }, found(10, null, 0))).toEqual([
    { id: 'faults', sets: { a: 'user = "x" AND fault', b: 'user = "x" AND ok' } },
    { id: 'slow', sets: { a: 'user = "x" AND responsetime >= 0.169', b: 'user = "x" AND responsetime < 0.169' } },
  ]);
  expect(starts({ a: '', b: undefined }, undefined)).toEqual([]);
});

it('shares are of the sets, the rest when there is no B', () => {
  const rows = rowsOf(field, found(100, 100, 0), 'delta');
  expect(rows.map(r => [r.value.value, r.delta.toFixed(2)])).toEqual([
    ['503', '0.45'],
    ['200', '-0.40'],
  ]);
  expect(rowsOf(field, found(100, null, 20), 'count')[0]).toMatchObject({ b: 10, shareB: 0.5 });
});

it('series add up and become shares', () => {
  expect(totals({ ok: [1, 2], error: [0, 1], throttle: [0, 0], fault: [3, 0], p50: [], p95: [] })).toEqual([4, 3]);
  expect(normalized([1, 3])).toEqual([0.25, 0.75]);
  expect(normalized([0])).toEqual([0]);
  expect(steps([1, 0], 2, 100)).toBe('M0 50.00L1 50.00L1 100.00L2 100.00');
});
