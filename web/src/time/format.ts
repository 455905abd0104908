import { intlZone, wallClock, type Zone } from './zone';

export type Language = 'en' | 'ja';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

const names = {
  en: { d: 'd', h: 'h', min: 'min', s: 's' },
  ja: { d: '日', h: '時間', min: '分', s: '秒' },
};

/** Three significant digits, without trailing zeros after the point. */
function digits(n: number): string {
  if (n >= 100) return String(Math.round(n));
  return String(Number(n.toPrecision(3)));
}

/** Writes a length of time given in seconds: 184 ms, 1.42 s, 2 min 3 s; in Japanese 2 分 3 秒. */
export function formatDuration(seconds: number | null | undefined, language: Language): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return '–';
  const sign = seconds < 0 ? '−' : '';
  const s = Math.abs(seconds);
  const unit = names[language];
  if (s === 0) return '0 ms';
  if (s < 0.0009995) return `${sign}${digits(s * 1e6)} µs`;
  if (s < 0.9995) return `${sign}${digits(s * 1e3)} ms`;
  if (s < 59.95) return `${sign}${digits(s)} s`;
  const whole = Math.round(s);
  const parts: [number, string][] =
    whole < HOUR
      ? [
          [Math.floor(whole / MINUTE), unit.min],
          [whole % MINUTE, unit.s],
        ]
      : whole < DAY
        ? [
            [Math.floor(whole / HOUR), unit.h],
            [Math.round((whole % HOUR) / MINUTE), unit.min],
          ]
        : [
            [Math.floor(whole / DAY), unit.d],
            [Math.round((whole % DAY) / HOUR), unit.h],
          ];
  return (
    sign +
    parts
      .filter(([n], i) => i === 0 || n > 0)
      .map(([n, u]) => `${n} ${u}`)
      .join(' ')
  );
}

const dateFormats = new Map<string, Intl.DateTimeFormat>();

function dateFormat(
  key: string,
  language: Language,
  zone: Zone,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  const id = `${key} ${language} ${zone}`;
  let format = dateFormats.get(id);
  if (!format) {
    format = new Intl.DateTimeFormat(language === 'ja' ? 'ja-JP' : 'en-GB', {
      ...options,
      timeZone: intlZone(zone),
      hourCycle: 'h23',
    });
    dateFormats.set(id, format);
  }
  return format;
}

export type Precision = 'minute' | 'second' | 'millisecond';

/** The time of day of a moment in milliseconds since 1970: 10:05:31.250. */
export function formatClock(at: number, language: Language, zone: Zone, precision: Precision = 'second'): string {
  return dateFormat(precision, language, zone, {
    hour: '2-digit',
    minute: '2-digit',
    ...(precision === 'minute' ? {} : { second: '2-digit' }),
    ...(precision === 'millisecond' ? { fractionalSecondDigits: 3 } : {}),
  }).format(at);
}

/** Day and time of day; the year only when it is not the present one. */
export function formatMoment(
  at: number,
  language: Language,
  zone: Zone,
  precision: Precision = 'second',
  now = Date.now(),
): string {
  const year = wallClock(at, zone).year !== wallClock(now, zone).year;
  const day = dateFormat(year ? 'year' : 'day', language, zone, {
    month: 'short',
    day: 'numeric',
    ...(year ? { year: 'numeric' } : {}),
  }).format(at);
  return `${day} ${formatClock(at, language, zone, precision)}`;
}

/** How long ago a moment was: 5 s ago, 3 分前. */
export function formatAgo(at: number, now: number, language: Language): string {
  const s = (at - now) / 1000;
  const steps: [number, Intl.RelativeTimeFormatUnit][] = [
    [DAY, 'day'],
    [HOUR, 'hour'],
    [MINUTE, 'minute'],
    [1, 'second'],
  ];
  const format = new Intl.RelativeTimeFormat(language, { style: 'short' });
  for (const [size, unit] of steps) {
    if (Math.abs(s) >= size || unit === 'second') return format.format(Math.trunc(s / size), unit);
  }
  return '';
}

/** A whole number with separators. */
export function formatCount(n: number, language: Language): string {
  return new Intl.NumberFormat(language).format(n);
}

/** A number with few digits, for rates: 0.42, 12.6, 1.2K. */
export function formatNumber(n: number, language: Language): string {
  return new Intl.NumberFormat(language === 'ja' ? 'en' : language, {
    notation: Math.abs(n) >= 10_000 ? 'compact' : 'standard',
    maximumSignificantDigits: 3,
  }).format(n);
}

/** A share between 0 and 1: 0.3 %, 12 %. What is small and not zero never reads as 0 %. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return '< 0.1 %';
  if (percent > 99.9 && percent < 100) return '> 99.9 %';
  return `${Number(percent.toFixed(percent < 10 ? 1 : 0))} %`;
}

/** Bytes: 64 kB, 1.2 MB. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let i = 0;
  let n = bytes;
  while (n >= 1000 && i < units.length - 1) {
    n /= 1000;
    i++;
  }
  return `${digits(n)} ${units[i]}`;
}
