import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explain } from './explain';

const { valid } = JSON.parse(readFileSync('../filter/testdata/corpus.json', 'utf8')) as { valid: string[] };

describe('explain', () => {
  it.each(valid)('has a sentence for %s', expr => {
    expect(explain(expr, 'en')).toMatch(/^Traces where ./);
    expect(explain(expr, 'ja')).toMatch(/. のトレース$/);
  });
  it('reads like a sentence', () => {
    expect(explain('fault AND responsetime >= 1.5', 'en')).toBe(
      'Traces where there is a fault and response time is at least 1.5 s',
    );
    expect(explain('service("pay") { error = false }', 'en')).toBe(
      'Traces where "pay" has a segment with not (an error)',
    );
    expect(explain('ok AND !partial', 'en')).toBe('Traces where there is success and not (there are missing parts)');
    expect(explain('http.url CONTAINS "/cart" OR user = "a"', 'ja')).toBe(
      'URL が "/cart" を含む、または ユーザー が "a" のトレース',
    );
    expect(explain('', 'en')).toBe('All traces');
    expect(explain('fault AND', 'en')).toBeUndefined();
  });
});
