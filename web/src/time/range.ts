/** What is looked at: the last seconds, or from one moment to another (milliseconds since 1970). */
export type TimeRange = { kind: 'relative'; seconds: number } | { kind: 'absolute'; from: number; to: number };

/** A range at a certain now: what requests are made of. */
export interface Window {
  from: number;
  to: number;
}

export const DEFAULT_RANGE: TimeRange = { kind: 'relative', seconds: 900 };

/** Relative ranges that are offered, in seconds. */
export const PRESETS = [300, 900, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86_400, 3 * 86_400, 7 * 86_400];

const SHORTEST = 1000;

export function resolve(range: TimeRange, now: number): Window {
  if (range.kind === 'absolute') return { from: range.from, to: range.to };
  return { from: now - range.seconds * 1000, to: now };
}

export function absolute(w: Window): TimeRange {
  const from = Math.floor(w.from);
  return { kind: 'absolute', from, to: Math.max(Math.ceil(w.to), from + SHORTEST) };
}

/** Moves the range by a share of its length; it becomes absolute. */
export function shift(range: TimeRange, share: number, now: number): TimeRange {
  const { from, to } = resolve(range, now);
  const by = Math.round((to - from) * share);
  return absolute({ from: from + by, to: to + by });
}

/** Makes the range factor times as long around its middle, but a relative one keeps its end. */
export function zoom(range: TimeRange, factor: number, now: number): TimeRange {
  if (range.kind === 'relative') return { kind: 'relative', seconds: Math.max(1, Math.round(range.seconds * factor)) };
  const { from, to } = resolve(range, now);
  const middle = (from + to) / 2;
  const half = ((to - from) / 2) * factor;
  return absolute({ from: middle - half, to: middle + half });
}

const UNITS: [string, number][] = [
  ['w', 604_800],
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
];

/** Writes seconds with the largest unit that divides them: 15m, 6h, 90s. */
export function formatSpan(seconds: number): string {
  for (const [unit, size] of UNITS) {
    if (seconds >= size && seconds % size === 0 && unit !== 'w') return `${seconds / size}${unit}`;
  }
  return `${seconds}s`;
}

/** Reads 15m, 1h30m, 7d; and ISO 8601 durations such as PT15M. Undefined for anything else. */
export function parseSpan(text: string): number | undefined {
  const plain = text.trim().toLowerCase().replace(/^pt?/, '').replace('t', '');
  if (!/^(\d+(\.\d+)?[wdhms])+$/.test(plain)) return undefined;
  let seconds = 0;
  for (const [, n, , unit] of plain.matchAll(/(\d+(\.\d+)?)([wdhms])/g)) {
    seconds += Number(n) * (UNITS.find(u => u[0] === unit)?.[1] ?? 0);
  }
  return seconds > 0 ? Math.round(seconds) : undefined;
}
