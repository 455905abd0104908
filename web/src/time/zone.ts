/** A time zone: the browser's, or an IANA name such as UTC and Asia/Tokyo. */
export type Zone = string;

export const LOCAL: Zone = 'local';

/** The name that Intl understands; undefined is the browser's own zone. */
export function intlZone(zone: Zone): string | undefined {
  return zone === LOCAL ? undefined : zone;
}

export function isZone(name: string): boolean {
  if (name === LOCAL) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** A moment as a wall clock in some zone shows it. Months count from 1. */
export interface WallClock {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

const formats = new Map<Zone, Intl.DateTimeFormat>();

function formatFor(zone: Zone): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
      timeZone: intlZone(zone),
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  return format;
}

/** What the wall clock of a zone shows at a moment, given in milliseconds since 1970. */
export function wallClock(at: number, zone: Zone): WallClock {
  const clock: WallClock = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  for (const { type, value } of formatFor(zone).formatToParts(at)) {
    if (type in clock) clock[type as keyof WallClock] = Number(value);
  }
  return clock;
}

/** By how much the wall clock is ahead of UTC, in milliseconds. */
export function offset(at: number, zone: Zone): number {
  const c = wallClock(at, zone);
  const utc = Date.UTC(c.year, c.month - 1, c.day, c.hour, c.minute, c.second);
  return utc - Math.floor(at / 1000) * 1000;
}

/**
 * The moment at which the wall clock shows c. A time that a change of the clock skips counts
 * as the moment of the change's other side; of a time that comes twice the first is meant.
 */
export function moment(c: WallClock, zone: Zone): number {
  const utc = Date.UTC(c.year, c.month - 1, c.day, c.hour, c.minute, c.second);
  const before = utc - offset(utc - 86_400_000, zone);
  if (offset(before, zone) === utc - before) return before;
  return utc - offset(utc + 86_400_000, zone);
}
