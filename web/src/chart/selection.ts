import type { BinRange } from './Brush';
import type { Scale } from './scale';

/** A chosen range of values; one end may be open. */
export interface Selection {
  from: number | undefined;
  to: number | undefined;
}

const UNITS: Record<string, number> = { us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, min: 60 };

const AMOUNT = '(\\d+(?:\\.\\d+)?|\\.\\d+)\\s*(us|µs|ms|s|min|m)?';

/**
 * Reads a range of durations: 0.2-1.5 s · 200ms–1.5s · >200ms · <= 1 s. Without a unit seconds are
 * meant, and the unit of the end holds for the start. Undefined when it is none.
 */
export function parseSelection(text: string): Selection | undefined {
  const t = text.normalize('NFKC').trim().toLowerCase().replace(/μ/g, 'µ');
  const open = new RegExp(`^(>=?|<=?|≥|≤)\\s*${AMOUNT}$`).exec(t);
  if (open) {
    const value = Number(open[2]) * (UNITS[open[3] ?? 's'] ?? 1);
    return open[1]?.startsWith('>') || open[1] === '≥'
      ? { from: value, to: undefined }
      : { from: undefined, to: value };
  }
  const both = new RegExp(`^${AMOUNT}\\s*(?:-|–|~|〜|\\.\\.)\\s*${AMOUNT}$`).exec(t);
  if (!both) return undefined;
  const end = both[4] ?? 's';
  const from = Number(both[1]) * (UNITS[both[2] ?? end] ?? 1);
  const to = Number(both[3]) * (UNITS[end] ?? 1);
  return from < to ? { from, to } : undefined;
}

/** Rounds to three significant digits, so that expressions stay readable. */
export function round(value: number): number {
  return Number(value.toPrecision(3));
}

/** Where a selection is among bins. */
export function binRange(s: Selection, scale: Scale, bins: number): BinRange {
  return {
    from: (s.from === undefined ? 0 : Math.max(0, scale.share(s.from))) * bins,
    to: (s.to === undefined ? 1 : Math.min(1, scale.share(s.to))) * bins,
  };
}

/** The selection that a range of bins is, in round values; an end at the edge is open. */
export function selectionOf(r: BinRange, scale: Scale, bins: number): Selection {
  return {
    from: r.from <= 0 ? undefined : round(scale.value(r.from / bins)),
    to: r.to >= bins ? undefined : round(scale.value(r.to / bins)),
  };
}
