import { absolute, parseSpan, type TimeRange } from './range';
import { moment, type WallClock, wallClock, type Zone } from './zone';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/**
 * Reads what people type into the time field, in English and Japanese: 15m · 1h30m · last 2 hours ·
 * 直近15分 · yesterday · yesterday 9:00-9:30 · 昨日 9:00 · 9時30分 · 2026-11-22 · 2026-11-22T10:00~ ·
 * 2026/11/22 10:00 ~ 11:00 · 1795685268 (epoch).
 *
 * A day alone means all of it, a moment alone the hour that begins there, an open end means now.
 * The answer is undefined when the text says nothing of that kind, or an end before its beginning.
 */
export function parseTime(text: string, now: number, zone: Zone): TimeRange | undefined {
  const t = normalize(text);
  const span = parseWords(t);
  if (span !== undefined) return { kind: 'relative', seconds: span };
  const parts = split(t);
  if (!parts) return undefined;
  const [first, second] = parts;
  const from = parsePoint(first, now, zone);
  if (!from) return undefined;
  if (second === undefined) return absolute({ from: from.at, to: from.day ? nextDay(from.at, zone) : from.at + HOUR });
  if (second === '') return from.at < now ? absolute({ from: from.at, to: now }) : undefined;
  const to = parsePoint(second, now, zone, from.at);
  if (!to) return undefined;
  const end = to.day ? nextDay(to.at, zone) : to.at;
  return end > from.at ? absolute({ from: from.at, to: end }) : undefined;
}

/** Folds full-width letters, Japanese signs and words to what the rest of the parser knows. */
function normalize(text: string): string {
  return text
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(/[〜~～]|から|→|\s+to\s+|\.\.+/g, '~')
    .replace(/まで$/, '')
    .replace(/(一昨日|おととい)/g, 'ereyesterday ')
    .replace(/昨日/g, 'yesterday ')
    .replace(/(今日|本日)/g, 'today ')
    .replace(/(今|現在)/g, 'now')
    .replace(/(直近|過去)\s*/g, 'last ')
    .replace(/(\d+)年(\d+)月(\d+)日/g, '$1-$2-$3 ')
    .replace(/\s+/g, ' ')
    .trim();
}

const WORDS: [RegExp, string][] = [
  [/(\d)(seconds?|secs?|秒)/g, '$1s'],
  [/(\d)(minutes?|mins?|分間?)/g, '$1m'],
  [/(\d)(hours?|hrs?|時間)/g, '$1h'],
  [/(\d)(days?|日間?)/g, '$1d'],
  [/(\d)(weeks?|週間?)/g, '$1w'],
];

function parseWords(t: string): number | undefined {
  let s = t
    .replace(/^(last|past) /, '')
    .replace(/ ago$/, '')
    .replace(/(\d) (?=\D)/g, '$1');
  for (const [word, unit] of WORDS) s = s.replace(word, unit);
  s = s
    .replace(/^hour$/, '1h')
    .replace(/^day$/, '1d')
    .replace(/^week$/, '1w');
  return parseSpan(s.replace(/ /g, ''));
}

/** Splits at ~, or at a hyphen between two times of day. The second part is undefined without one. */
function split(t: string): [string, string?] | undefined {
  const tilde = t.split('~');
  if (tilde.length > 2) return undefined;
  if (tilde.length === 2) return [(tilde[0] ?? '').trim(), (tilde[1] ?? '').trim()];
  const dash =
    /^(.*\d(?::\d{2}|時(?:\d+分)?))\s*-\s*(.*\d(?::\d{2}|時(?:\d+分)?).*)$/.exec(t) ?? /^(.+\S)\s+-\s+(\S.+)$/.exec(t);
  return dash ? [(dash[1] ?? '').trim(), (dash[2] ?? '').trim()] : [t];
}

interface Point {
  at: number;
  day: boolean; // no time of day was given
}

const DATE = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[t ]|$)/;
const TIME = /^(\d{1,2})(?::(\d{2})(?::(\d{2})(?:\.\d+)?)?|時(?:(\d{1,2})分)?)\s*(am|pm)?\s*(z|utc|[+-]\d{2}:?\d{2})?$/;

/** Reads one moment. A time of day without a day is on the day of base, or else the last one that was. */
function parsePoint(text: string, now: number, zone: Zone, base?: number): Point | undefined {
  if (text === 'now') return { at: now, day: false };
  if (/^\d{10}(\.\d+)?$/.test(text)) return { at: Math.round(Number(text) * 1000), day: false };
  if (/^\d{13}$/.test(text)) return { at: Number(text), day: false };
  const ago = /^(.+) ago$/.exec(text);
  const back = ago ? parseWords(text) : undefined;
  if (back !== undefined) return { at: now - back * 1000, day: false };

  let rest = text;
  let day: WallClock | undefined;
  const named = /^(ereyesterday|yesterday|today)( |$)/.exec(rest);
  const dated = DATE.exec(rest);
  if (named) {
    const days = { ereyesterday: 2, yesterday: 1, today: 0 }[named[1] ?? 'today'] ?? 0;
    day = addDays(wallClock(now, zone), -days);
    rest = rest.slice(named[0].length);
  } else if (dated) {
    day = { year: Number(dated[1]), month: Number(dated[2]), day: Number(dated[3]), hour: 0, minute: 0, second: 0 };
    if (!isDate(day)) return undefined;
    rest = rest.slice(dated[0].length);
  }
  rest = rest.trim();
  if (rest === '') return day && { at: moment({ ...day, hour: 0, minute: 0, second: 0 }, zone), day: true };

  const m = TIME.exec(rest);
  if (!m) return undefined;
  let hour = Number(m[1]);
  if (m[5] && hour >= 1 && hour <= 12) hour = (hour % 12) + (m[5] === 'pm' ? 12 : 0);
  const minute = Number(m[2] ?? m[4] ?? 0);
  const second = Number(m[3] ?? 0);
  if (hour > 24 || minute > 59 || second > 59) return undefined;
  const clock = { ...(day ?? wallClock(base ?? now, zone)), hour, minute, second };
  let at = m[6] ? atOffset(clock, m[6]) : moment(clock, zone);
  if (!day && base === undefined && at > now) at -= DAY;
  if (!day && base !== undefined && at < base) at += DAY;
  return { at, day: false };
}

function atOffset(c: WallClock, text: string): number {
  const utc = Date.UTC(c.year, c.month - 1, c.day, c.hour, c.minute, c.second);
  const m = /([+-])(\d{2}):?(\d{2})/.exec(text);
  if (!m) return utc;
  const ahead = (Number(m[2]) * 60 + Number(m[3])) * 60_000;
  return m[1] === '-' ? utc + ahead : utc - ahead;
}

function isDate(c: WallClock): boolean {
  const d = new Date(Date.UTC(c.year, c.month - 1, c.day));
  return d.getUTCMonth() === c.month - 1 && d.getUTCDate() === c.day;
}

function addDays(c: WallClock, days: number): WallClock {
  const d = new Date(Date.UTC(c.year, c.month - 1, c.day + days));
  return { ...c, year: d.getUTCFullYear(), month: d.getUTCMonth() + 1, day: d.getUTCDate() };
}

function nextDay(at: number, zone: Zone): number {
  return moment({ ...addDays(wallClock(at, zone), 1), hour: 0, minute: 0, second: 0 }, zone);
}
