import { usePreferences } from '../app/preferences';
import { useZone } from '../app/scope';
import {
  formatAgo,
  formatBytes,
  formatClock,
  formatCount,
  formatDuration,
  formatMoment,
  formatNumber,
  formatShare,
  type Language,
  type Precision,
} from '../time/format';
import type { TimeRange } from '../time/range';
import type { Zone } from '../time/zone';
import { define, type Shape, useMessages } from './catalogue';
import { en } from './en';
import { ja } from './ja';

export { define, useMessages } from './catalogue';
export { glossary } from './glossary';

const common = define(en, ja);

/** The messages that all pages share. */
export function useText(): Shape<typeof en> {
  return useMessages(common);
}

export function textOf(language: Language): Shape<typeof en> {
  return common[language];
}

/** Numbers, times and lengths as the reader wants them. Moments are in milliseconds, durations in seconds. */
export interface Formats {
  language: Language;
  zone: Zone;
  duration(seconds: number | null | undefined): string;
  clock(at: number, precision?: Precision): string;
  moment(at: number, precision?: Precision): string;
  ago(at: number, now: number): string;
  count(n: number): string;
  number(n: number): string;
  share(share: number): string;
  bytes(n: number): string;
  /** A range in words: Last 15 min, 26 Nov 10:00 – 10:30. */
  range(range: TimeRange): string;
}

const made = new Map<string, Formats>();

export function formatsFor(language: Language, zone: Zone): Formats {
  const key = `${language} ${zone}`;
  let formats = made.get(key);
  if (!formats) {
    formats = makeFormats(language, zone);
    made.set(key, formats);
  }
  return formats;
}

function makeFormats(language: Language, zone: Zone): Formats {
  return {
    language,
    zone,
    duration: s => formatDuration(s, language),
    clock: (at, precision) => formatClock(at, language, zone, precision),
    moment: (at, precision) => formatMoment(at, language, zone, precision),
    ago: (at, now) => formatAgo(at, now, language),
    count: n => formatCount(n, language),
    number: n => formatNumber(n, language),
    share: formatShare,
    bytes: formatBytes,
    range: range => {
      if (range.kind === 'relative') return common[language].bar.last(formatDuration(range.seconds, language));
      const precise = range.from % 60_000 !== 0 || range.to % 60_000 !== 0 ? 'second' : 'minute';
      const from = formatMoment(range.from, language, zone, precise);
      const to = formatMoment(range.to, language, zone, precise);
      const day = from.slice(0, from.lastIndexOf(' '));
      return `${from} – ${to.startsWith(`${day} `) ? to.slice(day.length + 1) : to}`;
    },
  };
}

export function useFormats(): Formats {
  return formatsFor(
    usePreferences(p => p.language),
    useZone(),
  );
}
