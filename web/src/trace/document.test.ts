import { expect, it } from 'vitest';
import { causeOf, flat, formatSql, stackText } from './document';
import { found, linesOf, unfolded } from './json';

it('puts exceptions in the order of their causes', () => {
  const cause = causeOf({
    cause: {
      working_directory: '/srv',
      exceptions: [
        { id: 'b', type: 'Timeout', message: 'late' },
        { id: 'a', type: 'Charge', message: 'no', cause: 'b', stack: [{ path: 'src/a.js', line: 4, label: 'f' }] },
      ],
    },
  });
  expect(cause?.exceptions.map(e => e.type)).toEqual(['Charge', 'Timeout']);
  expect(stackText(cause?.exceptions[0] as never)).toBe('Charge: no\n    at f (src/a.js:4)');
});

it('survives causes of any shape', () => {
  expect(causeOf({})).toBeUndefined();
  expect(causeOf({ cause: 'abc' })?.reference).toBe('abc');
  expect(causeOf({ cause: { exceptions: 'x' } })?.exceptions).toEqual([]);
  const circle = causeOf({ cause: { exceptions: [{ id: 'a', cause: 'b' }, { id: 'b', cause: 'a' }, null, 7] } });
  expect(circle?.exceptions.length).toBe(2);
});

it('tells own frames from others', () => {
  const stack = ['src/a.js', 'node_modules/b/c.js', '/usr/local/go/src/net/http/server.go', ''].map(path => ({ path }));
  const [e] = causeOf({ cause: { exceptions: [{ id: 'a', stack }] } })?.exceptions ?? [];
  expect(e?.stack.map(f => f.own)).toEqual([true, false, false, false]);
});

it('breaks statements at clauses, not in strings', () => {
  expect(formatSql("SELECT a FROM t WHERE b = 'x FROM y' AND c = 1")).toBe(
    "SELECT a\nFROM t\nWHERE b = 'x FROM y'\n  AND c = 1",
  );
  expect(formatSql('SELECT\n1 FROM t')).toBe('SELECT\n1 FROM t');
});

it('flattens members', () => {
  expect(flat({ a: { b: 1, c: { d: true } }, e: [1] })).toEqual([
    ['a.b', '1'],
    ['a.c.d', 'true'],
    ['e', '[1]'],
  ]);
});

it('writes JSON as JSON.stringify does, folds it and finds in it', () => {
  const value = { a: [1, { b: 'x' }], c: {}, 'd-e': null };
  const lines = linesOf(value);
  const text = lines.map(
    l =>
      '  '.repeat(l.depth) + (l.key === undefined ? '' : `${JSON.stringify(l.key)}: `) + l.text + (l.comma ? ',' : ''),
  );
  expect(lines.filter(l => l.kind === 'open').map(l => l.lines)).toEqual([10, 6, 3]);
  expect(text.map(l => l.replace(/,$/, ''))).toEqual(
    JSON.stringify(value, null, 2)
      .split('\n')
      .map(l => l.replace(/,$/, '')),
  );
  expect(unfolded(lines, new Set([2])).map(l => l.number)).toEqual([1, 2, 8, 9, 10]);
  expect(found(lines, 'X').map(l => l.path)).toEqual(['a[1].b']);
  expect(lines.at(-2)?.path).toBe('["d-e"]');
});
