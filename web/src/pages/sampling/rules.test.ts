import { describe, expect, it } from 'vitest';
import type { SamplingRule } from '../../api/shapes';
import {
  attributesOf,
  changeOf,
  DEFAULT,
  differences,
  draftOf,
  exported,
  faultsOf,
  imported,
  inOrder,
  matchesOf,
  newDraft,
  ruleOf,
  trendsOf,
  updateOf,
} from './rules';

function rule(change: Partial<SamplingRule> = {}): SamplingRule {
  return {
    RuleName: 'gold',
    RuleARN: 'arn:aws:xray:us-east-1:000000000000:sampling-rule/gold',
    Priority: 20,
    FixedRate: 0.05,
    ReservoirSize: 1,
    ServiceName: '*',
    ServiceType: '*',
    Host: '*',
    HTTPMethod: '*',
    URLPath: '/orders/*',
    ResourceARN: '*',
    Version: 1,
    Attributes: { tier: 'gold' },
    ...change,
  };
}

const all = [
  rule({ RuleName: DEFAULT, Priority: 10_000, URLPath: '*', Attributes: {} }),
  rule(),
  rule({ RuleName: 'a', Priority: 5 }),
];
const records = all.map(SamplingRule => ({ SamplingRule, CreatedAt: 0, ModifiedAt: 0 }));

it('rules are asked by priority, Default last', () => {
  expect(inOrder(records).map(r => r.RuleName)).toEqual(['a', 'gold', DEFAULT]);
});

it('only patterns that ask for something count', () => {
  expect(matchesOf(rule())).toEqual([
    ['URLPath', '/orders/*'],
    ['tier', 'gold'],
  ]);
});

it('trends add up what was reported', () => {
  const at = (Timestamp: number, n: number) => ({
    RuleName: 'a',
    Timestamp,
    RequestCount: n,
    SampledCount: 1,
    BorrowCount: 0,
  });
  expect(trendsOf([at(20, 7), at(10, 3)]).get('a')).toEqual({ requests: [3, 7], total: 10, sampled: 2, borrowed: 0 });
});

describe('drafts', () => {
  it('lead back to the rule', () => {
    const { RuleARN: _, ...plain } = rule();
    expect(ruleOf(draftOf(rule()))).toEqual(plain);
    expect(differences(rule(), ruleOf(draftOf(rule({ FixedRate: 0.07 }))))).toEqual([['FixedRate', '0.05', '0.07']]);
  });
  it('of new rules have a name and a free place', () => {
    const d = newDraft(inOrder(records));
    expect(d.priority).toBe('4');
    expect(faultsOf(d, [])).toEqual({ name: 'required' });
    expect(faultsOf({ ...d, name: 'a', rate: '101', reservoir: '1.5' }, ['a'])).toEqual({
      name: 'taken',
      rate: 'range',
      reservoir: 'number',
    });
  });
  it('read attributes in lines', () => {
    expect(attributesOf('tier = gold\n\na=b=c')).toEqual({ tier: 'gold', a: 'b=c' });
    expect(attributesOf('tier')).toBeUndefined();
    expect(attributesOf('a=1\nb=1\nc=1\nd=1\ne=1\nf=1')).toBeUndefined();
  });
});

describe('changes', () => {
  it('of Default are rate and reservoir', () => {
    const d = rule({ RuleName: DEFAULT });
    expect(updateOf(d, d)).toEqual({ RuleName: DEFAULT, FixedRate: 0.05, ReservoirSize: 1 });
    expect(changeOf(d)).toEqual({ name: DEFAULT, fixedRate: 0.05, reservoirSize: 1 });
  });
  it('keep a boost', () => {
    const boost = { MaxRate: 0.5, CooldownWindowMinutes: 10 };
    expect(updateOf(rule(), rule({ SamplingRateBoost: boost }))).toMatchObject({ SamplingRateBoost: boost });
  });
});

describe('files', () => {
  it('come back as they went', () => {
    expect(imported(exported(all), all)?.map(i => i.what)).toEqual(['same', 'same', 'same']);
  });
  it('may hold one rule, and leave out what is *', () => {
    const found = imported('{"RuleName":"b","Priority":3,"FixedRate":1,"ReservoirSize":0}', all);
    expect(found?.[0]).toMatchObject({ what: 'new', rule: { Host: '*' } });
    const boosted = rule({ SamplingRateBoost: { MaxRate: 0.5, CooldownWindowMinutes: 10 } });
    const [change] = imported(exported([boosted]), all) ?? [];
    expect(change?.what).toBe('changed');
    expect(change && updateOf(change.rule, rule())).toMatchObject({ SamplingRateBoost: { MaxRate: 0.5 } });
    expect(imported('[{"RuleName":"gold","FixedRate":1}]', all)?.[0]?.what).toBe('changed');
  });
  it('that are none', () => {
    expect(imported('nothing', all)).toBeUndefined();
    expect(imported('{"RuleName":"b"}', all)).toBeUndefined();
  });
});
