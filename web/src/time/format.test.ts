import { describe, expect, it } from 'vitest';
import { timeStep, timeTicks } from './axis';
import { formatAgo, formatBytes, formatClock, formatDuration, formatMoment, formatShare } from './format';
import { absolute, resolve, shift, zoom } from './range';

describe('durations', () => {
  it.each([
    [0, '0 ms', '0 ms'],
    [0.000148, '148 µs', '148 µs'],
    [0.0096, '9.6 ms', '9.6 ms'],
    [0.184, '184 ms', '184 ms'],
    [0.99951, '1 s', '1 s'],
    [1.4234, '1.42 s', '1.42 s'],
    [123, '2 min 3 s', '2 分 3 秒'],
    [3600, '1 h', '1 時間'],
    [90_000, '1 d 1 h', '1 日 1 時間'],
    [-0.002, '−2 ms', '−2 ms'],
  ])('%d', (seconds, en, ja) => {
    expect(formatDuration(seconds, 'en')).toBe(en);
    expect(formatDuration(seconds, 'ja')).toBe(ja);
  });

  it('of nothing are a dash', () => {
    expect(formatDuration(null, 'en')).toBe('–');
  });
});

it('shares that are small are not nothing', () => {
  expect([0, 0.0001, 0.031, 0.12, 0.9999, 1].map(formatShare)).toEqual([
    '0 %',
    '< 0.1 %',
    '3.1 %',
    '12 %',
    '> 99.9 %',
    '100 %',
  ]);
});

it('bytes have a unit', () => {
  expect([12, 64_000, 1_234_567].map(formatBytes)).toEqual(['12 B', '64 kB', '1.23 MB']);
});

it('moments are shown in the zone', () => {
  const at = Date.UTC(2026, 10, 26, 1, 5, 31, 250);
  expect(formatClock(at, 'en', 'Asia/Tokyo', 'millisecond')).toBe('10:05:31.250');
  expect(formatMoment(at, 'en', 'UTC', 'minute', at)).toBe('26 Nov 01:05');
  expect(formatMoment(at, 'ja', 'UTC', 'minute', at)).toBe('11月26日 01:05');
  expect(formatAgo(at, at + 5000, 'en')).toBe('5 sec. ago');
  expect(formatAgo(at, at + 180_000, 'ja')).toBe('3 分前');
});

describe('ranges', () => {
  const now = 1_000_000_000;
  it('move by halves and become absolute', () => {
    expect(shift({ kind: 'relative', seconds: 60 }, -0.5, now)).toEqual({
      kind: 'absolute',
      from: now - 90_000,
      to: now - 30_000,
    });
  });
  it('zoom around the middle', () => {
    expect(zoom({ kind: 'absolute', from: 0, to: 10_000 }, 2, now)).toEqual({
      kind: 'absolute',
      from: -5000,
      to: 15_000,
    });
    expect(zoom({ kind: 'relative', seconds: 60 }, 2, now)).toEqual({ kind: 'relative', seconds: 120 });
  });
  it('are never empty', () => {
    const { from, to } = resolve(absolute({ from: 5, to: 5 }), now);
    expect(to).toBeGreaterThan(from);
  });
});

describe('ticks', () => {
  it('are round in the zone', () => {
    const day = { from: Date.UTC(2026, 10, 25, 3), to: Date.UTC(2026, 10, 26, 3) };
    const labels = timeTicks(day, 4, 'Asia/Tokyo', 'en').map(t => t.label);
    expect(labels).toEqual(['12:00', '18:00', '00:00', '06:00', '12:00']);
  });
  it('are few', () => {
    expect(timeStep(3_600_000, 6)).toBe(600_000);
    expect(timeStep(1e15, 6)).toBeGreaterThan(1e14);
  });
});
