import { describe, expect, it } from 'vitest';
import { parseTime } from './parse';
import { formatSpan, parseSpan } from './range';
import { moment, offset, wallClock } from './zone';

const zone = 'Asia/Tokyo';
const now = Date.parse('2026-11-26T10:05:31+09:00');
const at = (text: string) => Date.parse(`${text}+09:00`);

describe('parseTime', () => {
  it.each([
    ['15m', 900],
    ['1h30m', 5400],
    ['last 2 hours', 7200],
    ['past day', 86_400],
    ['7 days', 604_800],
    ['PT1H', 3600],
    ['直近15分', 900],
    ['過去 3 時間', 10_800],
    ['２時間', 7200],
    ['2日間', 172_800],
  ])('%s is relative', (text, seconds) => {
    expect(parseTime(text, now, zone)).toEqual({ kind: 'relative', seconds });
  });

  it.each([
    ['yesterday', '2026-11-25T00:00:00', '2026-11-26T00:00:00'],
    ['yesterday 9:00-9:30', '2026-11-25T09:00:00', '2026-11-25T09:30:00'],
    ['一昨日 9:00', '2026-11-24T09:00:00', '2026-11-24T10:00:00'],
    ['昨日 9:00', '2026-11-25T09:00:00', '2026-11-25T10:00:00'],
    ['昨日 9時から9時30分', '2026-11-25T09:00:00', '2026-11-25T09:30:00'],
    ['今日 9:00〜9:30', '2026-11-26T09:00:00', '2026-11-26T09:30:00'],
    ['2026-11-22T10:00~', '2026-11-22T10:00:00', '2026-11-26T10:05:31'],
    ['2026-11-22T10:00~now', '2026-11-22T10:00:00', '2026-11-26T10:05:31'],
    ['2026/11/22 10:00 ~ 11:00', '2026-11-22T10:00:00', '2026-11-22T11:00:00'],
    ['2026年11月22日 10時', '2026-11-22T10:00:00', '2026-11-22T11:00:00'],
    ['2026-11-22', '2026-11-22T00:00:00', '2026-11-23T00:00:00'],
    ['2026-11-21 ~ 2026-11-22', '2026-11-21T00:00:00', '2026-11-23T00:00:00'],
    ['2026-11-22T01:00:00Z~2026-11-22T02:00:00Z', '2026-11-22T10:00:00', '2026-11-22T11:00:00'],
    ['9:00', '2026-11-26T09:00:00', '2026-11-26T10:00:00'],
    ['11:00', '2026-11-25T11:00:00', '2026-11-25T12:00:00'],
    ['11:00 pm', '2026-11-25T23:00:00', '2026-11-26T00:00:00'],
    ['23:50-0:10', '2026-11-25T23:50:00', '2026-11-26T00:10:00'],
    ['2 hours ago ~ now', '2026-11-26T08:05:31', '2026-11-26T10:05:31'],
  ])('%s is absolute', (text, from, to) => {
    expect(parseTime(text, now, zone)).toEqual({ kind: 'absolute', from: at(from), to: at(to) });
  });

  it('reads epochs', () => {
    expect(parseTime('1795685268~1795685300', now, zone)).toEqual({
      kind: 'absolute',
      from: 1795685268000,
      to: 1795685300000,
    });
  });

  it.each(['', 'soon', '10', '25:99', '2026-02-30', '10:00~9:00~8:00', '2026-11-22 ~ 2026-11-20', '2027-01-01~', '0m'])(
    '%s is nothing',
    text => {
      expect(parseTime(text, now, zone)).toBeUndefined();
    },
  );

  it('never throws', () => {
    const pieces = ['昨日', '~', '-', '9:00', ' ', '15m', 'ago', '2026-', '時', '分', 'T', '~~', '１'];
    for (let i = 0; i < 3000; i++) {
      const text = [i, i >> 2, i >> 5, i >> 7].map(n => pieces[n % pieces.length]).join('');
      expect(() => parseTime(text, now, zone)).not.toThrow();
    }
  });
});

describe('spans', () => {
  it('are written as they are read', () => {
    for (const text of ['30s', '15m', '90m', '6h', '7d']) expect(formatSpan(parseSpan(text) ?? 0)).toBe(text);
  });
});

describe('zones', () => {
  it('know summer time', () => {
    const berlin = 'Europe/Berlin';
    const winter = moment({ year: 2026, month: 1, day: 15, hour: 12, minute: 0, second: 0 }, berlin);
    expect(winter).toBe(Date.UTC(2026, 0, 15, 11));
    const summer = moment({ year: 2026, month: 7, day: 15, hour: 12, minute: 0, second: 0 }, berlin);
    expect(summer).toBe(Date.UTC(2026, 6, 15, 10));
    // 2:30 on the night of the change to winter comes twice: the first one.
    const twice = moment({ year: 2026, month: 10, day: 25, hour: 2, minute: 30, second: 0 }, berlin);
    expect(twice).toBe(Date.UTC(2026, 9, 25, 0, 30));
    expect(offset(summer, berlin)).toBe(7_200_000);
    expect(wallClock(summer, berlin).hour).toBe(12);
  });
});
