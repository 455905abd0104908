import { describe, expect, it } from 'vitest';
import { bin, binTime, none, quantile, total } from './bins';
import { arcs } from './Ring';
import { countTicks, log, niceStep, valueTicks } from './scale';
import { parseSelection } from './selection';

describe('scales', () => {
  it('lead back', () => {
    const s = log(0.001, 10);
    expect(s.value(s.share(0.25))).toBeCloseTo(0.25);
    expect(s.share(0)).toBe(0);
  });
  it('have round steps', () => {
    expect([niceStep(100, 5), niceStep(7, 5), niceStep(0.3, 3)]).toEqual([20, 2, 0.1]);
    expect(countTicks(7, 3)).toEqual([0, 5, 10]);
    expect(valueTicks(0.001, 1, 7, true)).toEqual([0.001, 0.01, 0.1, 1]);
    expect(valueTicks(0.1, 1, 7, true)).toEqual([0.1, 0.2, 0.5, 1]);
  });
});

describe('bins', () => {
  const samples = [0, 0.001, 0.002, 0.5, 9].map(value => ({ value, outcome: 'ok' as const }));
  it.each([true, false])('lose nothing (logarithmic: %s)', logarithmic => {
    const b = bin(samples, { logarithmic });
    expect(b.bins.reduce((n, x) => n + total(x.counts), 0)).toBe(samples.length);
  });
  it('stand without samples', () => {
    expect(bin([]).n).toBe(0);
  });
  it('of time cover the window', () => {
    const b = binTime([{ at: 59_999, outcome: 'fault' }], { from: 500, to: 60_000 });
    expect(b.bins.at(-1)?.counts).toEqual({ ...none(), fault: 1 });
    expect(b.bins[0]?.from).toBeLessThanOrEqual(500);
  });
  it('give quantiles', () => {
    expect(
      quantile(
        [
          { Value: 2, Count: 1 },
          { Value: 1, Count: 9 },
        ],
        0.9,
      ),
    ).toBe(1);
    expect(quantile([], 0.5)).toBeUndefined();
  });
});

describe('rings', () => {
  it('close, and show small shares', () => {
    const ring = arcs({ fault: 1, error: 2, throttle: 0, ok: 9997 });
    expect(ring.map(a => a.outcome)).toEqual(['fault', 'error', 'ok']);
    expect(ring[0]?.to).toBeGreaterThanOrEqual(5);
    expect(ring.at(-1)?.to).toBeCloseTo(360);
  });
  it('of nothing have no arcs', () => {
    expect(arcs(none())).toEqual([]);
  });
});

describe('selections', () => {
  it.each([
    ['0.2–1.5 s', { from: 0.2, to: 1.5 }],
    ['200-500ms', { from: 0.2, to: 0.5 }],
    ['200 ms – 1.5 s', { from: 0.2, to: 1.5 }],
    ['> 200ms', { from: 0.2, to: undefined }],
    ['≤ 1 s', { from: undefined, to: 1 }],
  ])('%s', (text, want) => {
    expect(parseSelection(text)).toEqual(want);
  });
  it('that are none', () => {
    expect(parseSelection('fast')).toBeUndefined();
    expect(parseSelection('2-1')).toBeUndefined();
  });
});
