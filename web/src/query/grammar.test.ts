import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parser } from './filter.grammar';

interface Corpus {
  valid: string[];
  invalid: { expr: string; error: string; offset: number }[];
}

const corpus = JSON.parse(readFileSync('../filter/testdata/corpus.json', 'utf8')) as Corpus;

function broken(expr: string): boolean {
  let found = false;
  parser.parse(expr).iterate({
    enter: node => {
      found ||= node.type.isError;
    },
  });
  return found;
}

describe('the grammar', () => {
  it.each(corpus.valid)('accepts %s', expr => {
    expect(broken(expr)).toBe(false);
  });

  // Faults of structure are refused here too. The others are faults of meaning, such as an
  // operator that the keyword does not allow: those are the server's to find.
  it.each([
    '(fault',
    'service("a"',
    'fault AND',
    'responsetime >',
    '()',
    'fault)',
    '"x" = user',
    'OR fault',
    'edge("x")',
  ])('refuses %s', expr => {
    expect(broken(expr)).toBe(true);
  });

  it('has an answer for everything that is wrong', () => {
    for (const { expr } of corpus.invalid) expect(() => parser.parse(expr)).not.toThrow();
  });

  it('takes words in any case', () => {
    expect(broken('NOT Service("a") { FAULT And responseTime > .5 }')).toBe(false);
  });
});
