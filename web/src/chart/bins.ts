import type { HistogramEntry, Statistics } from '../api/shapes';
import { timeStep } from '../time/axis';
import type { Window } from '../time/range';
import { OUTCOMES, type Outcome } from '../ui/outcome';
import { linear, log, niceStep, type Scale } from './scale';

export type Counts = Record<Outcome, number>;

export const none = (): Counts => ({ fault: 0, error: 0, throttle: 0, ok: 0 });

export function total(c: Counts): number {
  return c.fault + c.error + c.throttle + c.ok;
}

/** One bar: what lies in [from, to), by outcome. */
export interface Bin {
  from: number;
  to: number;
  counts: Counts;
}

export interface Binned {
  bins: Bin[];
  scale: Scale;
  logarithmic: boolean;
  n: number;
}

export interface Sample {
  value: number;
  outcome: Outcome;
  count?: number;
}

/**
 * Sorts values into bins over all of their range. Logarithmic bins suit response times, which
 * spread over decades; values of zero are in the first one.
 */
export function bin(samples: readonly Sample[], options: { count?: number; logarithmic?: boolean } = {}): Binned {
  const { count = 48, logarithmic = true } = options;
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  let n = 0;
  for (const s of samples) {
    n += s.count ?? 1;
    if (s.value > 0 && s.value < least) least = s.value;
    if (s.value > most) most = s.value;
  }
  if (most === 0) [least, most] = [0.001, 0.01];
  let edges: number[];
  let scale: Scale;
  if (logarithmic) {
    const from = least / 1.05;
    const to = Math.max(most * 1.05, from * 2);
    scale = log(from, to);
    edges = Array.from({ length: count + 1 }, (_, i) => scale.value(i / count));
  } else {
    const step = niceStep(most, count);
    const bars = Math.max(1, Math.floor(most / step + 1e-9) + 1);
    edges = Array.from({ length: bars + 1 }, (_, i) => i * step);
    scale = linear(0, bars * step);
  }
  const bins: Bin[] = edges.slice(1).map((to, i) => ({ from: edges[i] ?? 0, to, counts: none() }));
  for (const s of samples) {
    const at = Math.floor(scale.share(s.value) * bins.length);
    const target = bins[Math.max(0, Math.min(bins.length - 1, at))];
    if (target) target.counts[s.outcome] += s.count ?? 1;
  }
  return { bins, scale, logarithmic, n };
}

/** Sorts moments (milliseconds) into bars of a round length over a window. */
export function binTime(samples: readonly { at: number; outcome: Outcome }[], w: Window, most = 60): Binned {
  const step = timeStep(w.to - w.from, most);
  const from = Math.floor(w.from / step) * step;
  const bars = Math.max(1, Math.ceil((w.to - from) / step));
  const bins: Bin[] = Array.from({ length: bars }, (_, i) => ({
    from: from + i * step,
    to: from + (i + 1) * step,
    counts: none(),
  }));
  for (const s of samples) {
    const target = bins[Math.floor((s.at - from) / step)];
    if (target) target.counts[s.outcome]++;
  }
  return { bins, scale: linear(from, from + bars * step), logarithmic: false, n: samples.length };
}

/** The outcomes that statistics of X-Ray count. */
export function countsOf(s: Statistics): Counts {
  return {
    fault: s.FaultStatistics.TotalCount,
    error: s.ErrorStatistics.OtherCount,
    throttle: s.ErrorStatistics.ThrottleCount,
    ok: s.OkCount,
  };
}

/** The value below which a share of the entries lies; undefined without entries. */
export function quantile(histogram: readonly HistogramEntry[], share: number): number | undefined {
  const sorted = [...histogram].sort((a, b) => a.Value - b.Value);
  const all = sorted.reduce((sum, e) => sum + e.Count, 0);
  let seen = 0;
  for (const e of sorted) {
    seen += e.Count;
    if (seen >= share * all) return e.Value;
  }
  return undefined;
}

export function addCounts(into: Counts, c: Counts): Counts {
  for (const o of OUTCOMES) into[o] += c[o];
  return into;
}
