import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { add, annotation, join, not, remove, responseRange, service, topLevel, withResponseRange } from './terms';

const { valid } = JSON.parse(readFileSync('../filter/testdata/corpus.json', 'utf8')) as { valid: string[] };

describe('terms', () => {
  it.each(valid)('of %s join to the same', expr => {
    expect(join(topLevel(expr))).toBe(expr);
  });
  it('are split at the top only', () => {
    expect(topLevel('service("a AND b") { fault AND ok } and user = "x"')).toEqual([
      'service("a AND b") { fault AND ok }',
      'user = "x"',
    ]);
    expect(topLevel('fault OR error')).toEqual(['fault OR error']);
  });
  it('are added once, and take their opposite away', () => {
    expect(add('', 'fault')).toBe('fault');
    expect(add('fault OR error', 'user = "a"')).toBe('(fault OR error) AND user = "a"');
    expect(add('fault AND ok', 'ok')).toBe('fault AND ok');
    expect(add('!fault AND ok', 'fault')).toBe('ok AND fault');
    expect(remove('fault AND ok', 'fault')).toBe('ok');
  });
  it('are negated', () => {
    expect(not('fault')).toBe('!fault');
    expect(not('fault OR ok')).toBe('!(fault OR ok)');
  });
  it('name what needs quotes', () => {
    expect(annotation('a')).toBe('annotation.a');
    expect(annotation('a.b')).toBe('annotation[a.b]');
    expect(annotation('a b')).toBe('annotation["a b"]');
    expect(service({ name: 'a"b', type: 'T' }, 'fault')).toBe('service(id(name: "a\\"b", type: "T")) { fault }');
  });
  it('have a range of response times', () => {
    expect(responseRange('fault AND responsetime >= 0.2 AND responsetime <= 1.5')).toEqual({ from: 0.2, to: 1.5 });
    expect(withResponseRange('responsetime >= 0.2 AND fault', { from: undefined, to: 1 })).toBe(
      'fault AND responsetime <= 1',
    );
    expect(withResponseRange('responsetime >= 0.2', undefined)).toBe('');
  });
});
