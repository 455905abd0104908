import { formatClock, formatMoment, type Language } from './format';
import type { Window } from './range';
import { offset, type Zone } from './zone';

const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  900_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000, 172_800_000, 604_800_000,
  1_209_600_000, 2_592_000_000, 7_776_000_000, 31_536_000_000,
];

/** The smallest round step, in milliseconds, that divides the length into at most count parts. */
export function timeStep(length: number, count: number): number {
  return STEPS.find(step => length / step <= count) ?? Math.ceil(length / count);
}

export interface Tick {
  at: number;
  label: string;
}

/** Round moments of the zone's wall clock in a window, with short labels. */
export function timeTicks(w: Window, count: number, zone: Zone, language: Language): Tick[] {
  const step = timeStep(w.to - w.from, Math.max(1, count));
  const shift = offset(w.from, zone);
  const ticks: Tick[] = [];
  for (let at = Math.ceil((w.from + shift) / step) * step - shift; at <= w.to; at += step) {
    ticks.push({ at, label: tickLabel(at, step, zone, language) });
  }
  return ticks;
}

function tickLabel(at: number, step: number, zone: Zone, language: Language): string {
  if (step < 1000) return formatClock(at, language, zone, 'millisecond');
  if (step < 60_000) return formatClock(at, language, zone, 'second');
  if (step < 86_400_000) return formatClock(at, language, zone, 'minute');
  return formatMoment(at, language, zone, 'minute').replace(/ \S+$/, '');
}
