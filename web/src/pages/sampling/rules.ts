import type { SamplingChange } from '../../api/console';
import type { SamplingRule, SamplingRuleRecord, SamplingStatistics } from '../../api/shapes';

/** The rule that is always there and always last. */
export const DEFAULT = 'Default';

/** The patterns of a rule, in the order in which X-Ray's API has them. */
export const PATTERNS = ['ServiceName', 'ServiceType', 'Host', 'HTTPMethod', 'URLPath', 'ResourceARN'] as const;

export type Pattern = (typeof PATTERNS)[number];

/** The rules in the order in which they are asked: by priority, then by name; Default is the last. */
export function inOrder(records: readonly SamplingRuleRecord[]): SamplingRule[] {
  return records
    .map(r => r.SamplingRule)
    .sort(
      (a, b) =>
        Number(a.RuleName === DEFAULT) - Number(b.RuleName === DEFAULT) ||
        a.Priority - b.Priority ||
        (a.RuleName < b.RuleName ? -1 : 1),
    );
}

/** What a rule asks of a request: patterns that are not * alone, then attributes. Empty when everything matches. */
export function matchesOf(rule: SamplingRule): [string, string][] {
  return [
    ...PATTERNS.filter(p => rule[p] !== '*').map((p): [string, string] => [p, rule[p]]),
    ...Object.entries(rule.Attributes ?? {}),
  ];
}

/** What SDKs reported of a rule. */
export interface Trend {
  requests: number[];
  total: number;
  sampled: number;
  borrowed: number;
}

/** The reports by rule, the oldest first. */
export function trendsOf(statistics: readonly SamplingStatistics[]): Map<string, Trend> {
  const trends = new Map<string, Trend>();
  for (const s of [...statistics].sort((a, b) => a.Timestamp - b.Timestamp)) {
    let t = trends.get(s.RuleName);
    if (!t) {
      t = { requests: [], total: 0, sampled: 0, borrowed: 0 };
      trends.set(s.RuleName, t);
    }
    t.requests.push(s.RequestCount);
    t.total += s.RequestCount;
    t.sampled += s.SampledCount;
    t.borrowed += s.BorrowCount;
  }
  return trends;
}

/** A rule as the form has it: texts, so that what is half typed stays. */
export interface Draft {
  name: string;
  priority: string;
  /** Percent. */
  rate: string;
  reservoir: string;
  patterns: Record<Pattern, string>;
  /** One key=pattern a line. */
  attributes: string;
}

export function draftOf(rule: SamplingRule): Draft {
  return {
    name: rule.RuleName,
    priority: String(rule.Priority),
    rate: percent(rule.FixedRate),
    reservoir: String(rule.ReservoirSize),
    patterns: Object.fromEntries(PATTERNS.map(p => [p, rule[p]])) as Record<Pattern, string>,
    attributes: Object.entries(rule.Attributes ?? {})
      .map(([k, v]) => `${k}=${v}`)
      .join('\n'),
  };
}

/** A draft of a rule that asks for nothing yet, before the ones that are there. */
export function newDraft(rules: readonly SamplingRule[]): Draft {
  const first = rules.find(r => r.RuleName !== DEFAULT)?.Priority ?? 1001;
  return {
    name: '',
    priority: String(Math.max(1, Math.min(1000, first - 1))),
    rate: '5',
    reservoir: '1',
    patterns: Object.fromEntries(PATTERNS.map(p => [p, '*'])) as Record<Pattern, string>,
    attributes: '',
  };
}

function percent(share: number): string {
  return String(Number((share * 100).toPrecision(10)));
}

export type Field = 'name' | 'priority' | 'rate' | 'reservoir' | 'attributes' | Pattern;
export type Fault = 'required' | 'taken' | 'number' | 'range' | 'lines';

/** What is wrong with a draft, by field. */
export function faultsOf(d: Draft, taken: readonly string[]): Partial<Record<Field, Fault>> {
  const faults: Partial<Record<Field, Fault>> = {};
  if (d.name.trim() === '') faults.name = 'required';
  else if (taken.includes(d.name.trim())) faults.name = 'taken';
  const check = (field: 'priority' | 'rate' | 'reservoir', least: number, most: number, whole: boolean) => {
    const n = d[field].trim() === '' ? Number.NaN : Number(d[field]);
    if (Number.isNaN(n) || (whole && !Number.isInteger(n))) faults[field] = 'number';
    else if (n < least || n > most) faults[field] = 'range';
  };
  if (d.name !== DEFAULT) check('priority', 1, 9999, true);
  check('rate', 0, 100, false);
  check('reservoir', 0, 2 ** 31 - 1, true);
  for (const p of PATTERNS) if (d.patterns[p].trim() === '') faults[p] = 'required';
  if (attributesOf(d.attributes) === undefined) faults.attributes = 'lines';
  return faults;
}

/** Reads lines of key=pattern; undefined when one is none, or when there are more than the five that a rule may have. */
export function attributesOf(text: string): Record<string, string> | undefined {
  const found: Record<string, string> = {};
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const at = line.indexOf('=');
    const key = line.slice(0, at).trim();
    if (at < 0 || key === '') return undefined;
    found[key] = line.slice(at + 1).trim();
  }
  return Object.keys(found).length <= 5 ? found : undefined;
}

/** The rule of a draft without faults. */
export function ruleOf(d: Draft): Omit<SamplingRule, 'RuleARN'> {
  return {
    RuleName: d.name.trim(),
    Priority: Number(d.priority),
    FixedRate: Number((Number(d.rate) / 100).toPrecision(10)),
    ReservoirSize: Number(d.reservoir),
    ...(Object.fromEntries(PATTERNS.map(p => [p, d.patterns[p].trim()])) as Record<Pattern, string>),
    Version: 1,
    Attributes: attributesOf(d.attributes) ?? {},
  };
}

/** What is sent to change a rule. Of Default only rate and reservoir can be changed; a boost stays. */
export function updateOf(rule: Omit<SamplingRule, 'RuleARN'>, before: SamplingRule) {
  const { Version: _, ...all } = rule;
  const wanted = rule.SamplingRateBoost ?? before.SamplingRateBoost;
  const boost = wanted ? { SamplingRateBoost: wanted } : {};
  if (rule.RuleName === DEFAULT)
    return { RuleName: DEFAULT, FixedRate: rule.FixedRate, ReservoirSize: rule.ReservoirSize, ...boost };
  return { ...all, ...boost };
}

/** The rule as the what-if takes it. */
export function changeOf(rule: Omit<SamplingRule, 'RuleARN'>): SamplingChange {
  const change = { name: rule.RuleName, fixedRate: rule.FixedRate, reservoirSize: rule.ReservoirSize };
  if (rule.RuleName === DEFAULT) return change;
  return {
    ...change,
    priority: rule.Priority,
    serviceName: rule.ServiceName,
    serviceType: rule.ServiceType,
    host: rule.Host,
    httpMethod: rule.HTTPMethod,
    urlPath: rule.URLPath,
    resourceArn: rule.ResourceARN,
    attributes: rule.Attributes,
  };
}

/** The members in which two rules differ, with both values. */
export function differences(
  before: Omit<SamplingRule, 'RuleARN'>,
  after: Omit<SamplingRule, 'RuleARN'>,
): [string, string, string][] {
  const members = ['Priority', 'FixedRate', 'ReservoirSize', ...PATTERNS] as const;
  const found = members
    .filter(m => before[m] !== after[m])
    .map((m): [string, string, string] => [m, String(before[m]), String(after[m])]);
  const written = (r: Omit<SamplingRule, 'RuleARN'>) => JSON.stringify(Object.entries(r.Attributes ?? {}).sort());
  if (written(before) !== written(after))
    found.push(['Attributes', JSON.stringify(before.Attributes ?? {}), JSON.stringify(after.Attributes)]);
  const boost = JSON.stringify(after.SamplingRateBoost);
  if (boost && boost !== JSON.stringify(before.SamplingRateBoost))
    found.push(['SamplingRateBoost', JSON.stringify(before.SamplingRateBoost) ?? '', boost]);
  return found;
}

/** The rules as a file in the shape of the CLI's input, one call of create-sampling-rule for each. */
export function exported(rules: readonly SamplingRule[]): string {
  const plain = rules.map(({ RuleARN: _, ...rule }) => ({ SamplingRule: rule }));
  return `${JSON.stringify({ SamplingRuleRecords: plain }, null, 2)}\n`;
}

/** One rule of a file, and what importing it does. */
export interface Import {
  rule: Omit<SamplingRule, 'RuleARN'>;
  before: SamplingRule | undefined;
  what: 'new' | 'changed' | 'same';
}

/**
 * Reads rules from JSON: our export, the answer of get-sampling-rules, a list of rules, or one
 * rule. Patterns that are absent are *. Undefined when it is none of these.
 */
export function imported(text: string, present: readonly SamplingRule[]): Import[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const list = isObject(value) && Array.isArray(value.SamplingRuleRecords) ? value.SamplingRuleRecords : value;
  const entries = Array.isArray(list) ? list : [list];
  const found: Import[] = [];
  for (const entry of entries) {
    const raw = isObject(entry) && isObject(entry.SamplingRule) ? entry.SamplingRule : entry;
    if (!isObject(raw) || typeof raw.RuleName !== 'string' || raw.RuleName === '') return undefined;
    const before = present.find(r => r.RuleName === raw.RuleName);
    const number = (name: 'Priority' | 'FixedRate' | 'ReservoirSize') =>
      typeof raw[name] === 'number' ? (raw[name] as number) : (before?.[name] ?? Number.NaN);
    const rule = {
      RuleName: raw.RuleName,
      Priority: number('Priority'),
      FixedRate: number('FixedRate'),
      ReservoirSize: number('ReservoirSize'),
      ...(Object.fromEntries(
        PATTERNS.map(p => [p, typeof raw[p] === 'string' ? raw[p] : (before?.[p] ?? '*')]),
      ) as Record<Pattern, string>),
      Version: 1,
      ...(isObject(raw.SamplingRateBoost)
        ? { SamplingRateBoost: raw.SamplingRateBoost as NonNullable<SamplingRule['SamplingRateBoost']> }
        : {}),
      Attributes: isObject(raw.Attributes) ? (raw.Attributes as Record<string, string>) : (before?.Attributes ?? {}),
    };
    if ([rule.Priority, rule.FixedRate, rule.ReservoirSize].some(Number.isNaN)) return undefined;
    const what = !before ? 'new' : differences(before, rule).length > 0 ? 'changed' : 'same';
    found.push({ rule, before, what });
  }
  return found;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
