import { describe, expect, it } from 'vitest';
import { rewrite } from './aws';
import { codec, flag, integer, list, oneOf, sort, text } from './codec';
import { link, parseMoment, rangeOf, rangeParams, shared } from './shared';
import { parseTraceId, w3cTraceId } from './traceid';

const page = codec({
  sort: sort({ column: 'start', descending: true }),
  cols: list(['a']),
  depth: integer(2, 1, 9),
  view: oneOf(['map', 'table'], 'map'),
  only: flag(),
  open: text(),
});

describe('codecs', () => {
  it('read what they write', () => {
    const values = {
      sort: { column: 'response', descending: false },
      cols: ['a,b', '100%', '日本'],
      depth: 3,
      view: 'table' as const,
      only: true,
      open: 'a&b=c',
    };
    expect(page.parse(page.format(values))).toEqual(values);
  });
  it('leave out what is as it was', () => {
    expect(page.format(page.parse(''))).toBe('');
  });
  it('take nonsense as absent', () => {
    expect(page.parse('depth=99&view=x&sort=;')).toEqual(page.parse(''));
  });
  it('leave other parameters alone', () => {
    expect(page.format({ depth: 4 }, 'x=1&depth=3')).toBe('x=1&depth=4');
  });
});

describe('shared parameters', () => {
  it('name ranges', () => {
    expect(rangeOf(shared.parse('t=1h'))).toEqual({ kind: 'relative', seconds: 3600 });
    const range = { kind: 'absolute', from: 1795685268000, to: 1795685300500 } as const;
    expect(rangeOf(shared.parse(shared.format(rangeParams(range))))).toEqual(range);
    expect(rangeOf(shared.parse('from=1795685268&to=1795685300.5'))).toEqual(range);
    expect(rangeOf(shared.parse('from=2&to=1'))).toBeUndefined();
  });
  it('read moments as AWS writes them', () => {
    expect(parseMoment('2026-11-22T10:00')).toBe(Date.UTC(2026, 10, 22, 10));
    expect(parseMoment('2026-11-22T10:00:00+09:00')).toBe(Date.UTC(2026, 10, 22, 1));
    expect(parseMoment('soon')).toBeUndefined();
  });
  it('go along in links, the filter when wanted', () => {
    expect(link('/map', 't=1h&g=checkout&q=fault&open=1')).toBe('/map?t=1h&g=checkout');
    expect(link('/map', 't=1h&q=fault', { node: 'a b' }, { q: true })).toBe('/map?t=1h&q=fault&node=a+b');
    expect(link('/traces', 't=1h', { q: 'ok', t: undefined, from: '1', to: '2' })).toBe('/traces?from=1&to=2&q=ok');
  });
});

describe("AWS's spellings", () => {
  it.each([
    ['/', '', '#/service-map?timeRange=PT1H', '/map?t=1h'],
    [
      '/xray/home',
      '?region=eu-west-1',
      '#/traces?timeRange=PT15M&filter=fault%20%3D%20true',
      '/traces?t=15m&q=fault+%3D+true',
    ],
    [
      '/',
      '',
      '#/traces?timeRange=2026-11-22T10:00:00~2026-11-22T11:00',
      '/traces?from=2026-11-22T10:00:00Z&to=2026-11-22T11:00:00Z',
    ],
    ['/', '', '#/traces/1-6b07fb94-b6c6903fbcd61f95a60a26c4', '/traces/1-6b07fb94-b6c6903fbcd61f95a60a26c4'],
    ['/', '', '#/traces/1-6b07fb94-b6c6903fbcd61f95a60a26c4/raw', '/traces/1-6b07fb94-b6c6903fbcd61f95a60a26c4/raw'],
    ['/traces', '?filter=ok&region=x', '', '/traces?q=ok'],
    ['/', '', '#/welcome', '/start'],
    ['/xray/home', '', '', '/'],
    ['/', '', '#xray:traces/6b07fb94b6c6903fbcd61f95a60a26c4', '/traces/1-6b07fb94-b6c6903fbcd61f95a60a26c4'],
  ])('%s%s%s', (pathname, search, hash, want) => {
    expect(rewrite({ pathname, search, hash })).toBe(want);
  });
  it('are told from ours', () => {
    expect(rewrite({ pathname: '/traces', search: '?q=ok', hash: '' })).toBeUndefined();
    expect(rewrite({ pathname: '/traces', search: '', hash: '#content' })).toBeUndefined();
  });
});

describe('trace ids', () => {
  const id = '1-6b07fb94-b6c6903fbcd61f95a60a26c4';
  it.each([
    id,
    w3cTraceId(id),
    ` ${id.toUpperCase()} `,
    `Root=${id};Sampled=1`,
    `00-${w3cTraceId(id)}-53995c3f42cd8ad8-01`,
  ])('read %s', t => {
    expect(parseTraceId(t)).toBe(id);
  });
  it('refuse other text', () => {
    expect(parseTraceId('1-2-3')).toBeUndefined();
  });
});
