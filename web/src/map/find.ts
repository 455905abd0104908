import { quantile } from '../chart/bins';
import { type MapNode, shown } from './model';

// The find field: plain text is looked for in names and types; type = X, name contains X,
// fault > 1%, p95 > 500ms, traffic < 1/min. Several terms with "and" must all hold.

export type Test = (n: MapNode) => boolean;

const TERM = /^([a-z]+\d*)\s*(contains|>=|<=|!=|=|>|<|:)\s*(.+)$/i;
const SECONDS: Record<string, number> = { us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, min: 60, m: 60 };

/** Reads what was typed; undefined when a term makes no sense, null when nothing was typed. */
export function parseFind(typed: string): Test | undefined | null {
  const text = typed.normalize('NFKC').trim();
  if (text === '') return null;
  const tests: Test[] = [];
  for (const term of text.split(/\s+and\s+/i)) {
    const test = termOf(term.trim());
    if (!test) return undefined;
    tests.push(test);
  }
  return n => tests.every(t => t(n));
}

function termOf(term: string): Test | undefined {
  const m = TERM.exec(term);
  if (!m) {
    const sought = term.toLowerCase();
    return n => `${n.id.name} ${n.id.type ?? ''}`.toLowerCase().includes(sought);
  }
  const field = (m[1] ?? '').toLowerCase();
  const operator = (m[2] ?? '').toLowerCase();
  const value = (m[3] ?? '').trim().replace(/^"(.*)"$/, '$1');
  if (field === 'name' || field === 'type')
    return textual(n => (field === 'name' ? n.id.name : (n.id.type ?? '')), operator, value);
  if (field === 'fault' || field === 'error' || field === 'throttle' || field === 'ok') {
    const share = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(value);
    if (!share) return undefined;
    const limit = Number(share[1]) / (share[2] ? 100 : 1);
    return numeric(n => (n.total > 0 ? n.counts[field] / n.total : 0), operator, limit);
  }
  if (field === 'traffic') {
    const rate = /^(\d+(?:\.\d+)?)\s*(?:\/\s*(min|s))?$/i.exec(value);
    if (!rate) return undefined;
    return numeric(n => n.perMinute, operator, Number(rate[1]) * (rate[2]?.toLowerCase() === 's' ? 60 : 1));
  }
  const percentile = /^p(\d{1,2})$/.exec(field);
  if (!percentile && field !== 'average' && field !== 'avg') return undefined;
  const time = /^(\d+(?:\.\d+)?)\s*(us|µs|μs|ms|s|min|m)?$/i.exec(value);
  if (!time) return undefined;
  const limit = Number(time[1]) * (SECONDS[(time[2] ?? 's').toLowerCase().replace('μ', 'µ')] ?? 1);
  const of = (n: MapNode) => (percentile ? quantile(n.histogram, Number(percentile[1]) / 100) : shown(n, 'average'));
  return numeric(of, operator, limit);
}

function textual(of: (n: MapNode) => string, operator: string, value: string): Test | undefined {
  const sought = value.toLowerCase();
  if (operator === 'contains' || operator === ':') return n => of(n).toLowerCase().includes(sought);
  if (operator === '=') return n => of(n).toLowerCase() === sought;
  if (operator === '!=') return n => of(n).toLowerCase() !== sought;
  return undefined;
}

function numeric(of: (n: MapNode) => number | undefined, operator: string, limit: number): Test | undefined {
  const compare: Record<string, (v: number) => boolean> = {
    '>': v => v > limit,
    '>=': v => v >= limit,
    '<': v => v < limit,
    '<=': v => v <= limit,
    '=': v => v === limit,
    '!=': v => v !== limit,
  };
  const holds = compare[operator];
  if (!holds) return undefined;
  return n => {
    const v = of(n);
    return v !== undefined && holds(v);
  };
}
