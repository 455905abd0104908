import type { AnnotationValue, TraceSummary } from '../api/shapes';
import { type Outcome, outcomeOf } from '../ui/outcome';
import type { Known } from './complete';
import { annotation, compare, service } from './terms';

export function summaryOutcome(s: TraceSummary): Outcome {
  return outcomeOf({ throttle: s.HasThrottle, fault: s.HasFault, error: s.HasError });
}

/** The value of an annotation, whichever type it has. */
export function annotationValue(v: AnnotationValue): string | number | boolean | null {
  return v.StringValue ?? v.NumberValue ?? v.BooleanValue;
}

/** One value of a facet: how often it is there, and the term that asks for it. */
export interface FacetValue {
  value: string;
  count: number;
  term: string;
}

export interface Facet {
  /** service, url, user, status, method, clientip, or annotation.<key>. */
  id: string;
  values: FacetValue[];
}

const FIXED = ['service', 'url', 'user', 'status', 'method', 'clientip'] as const;

/** Counts the values of the summaries' fields; the frequent ones first. Facets without values are left out. */
export function facets(summaries: readonly TraceSummary[]): Facet[] {
  const found = new Map<string, Map<string, FacetValue>>();
  const count = (facet: string, value: string | number | boolean | null, term: () => string) => {
    if (value === null || value === '') return;
    let values = found.get(facet);
    if (!values) {
      values = new Map();
      found.set(facet, values);
    }
    const key = String(value);
    const known = values.get(key);
    if (known) known.count++;
    else values.set(key, { value: key, count: 1, term: term() });
  };
  for (const s of summaries) {
    for (const name of new Set(s.ServiceIds.filter(n => n.Type !== 'client').map(n => n.Name)))
      count('service', name, () => service({ name }));
    const { HttpURL, HttpStatus, HttpMethod, ClientIp } = s.Http;
    count('url', HttpURL, () => compare('http.url', '=', HttpURL ?? ''));
    count('status', HttpStatus, () => compare('http.status', '=', HttpStatus ?? 0));
    count('method', HttpMethod, () => compare('http.method', '=', HttpMethod ?? ''));
    count('clientip', ClientIp, () => compare('http.clientip', '=', ClientIp ?? ''));
    for (const u of s.Users) count('user', u.UserName, () => compare('user', '=', u.UserName));
    for (const [key, values] of Object.entries(s.Annotations)) {
      for (const { AnnotationValue: v } of values) {
        const value = annotationValue(v);
        count(`annotation.${key}`, value, () => compare(annotation(key), '=', value ?? ''));
      }
    }
  }
  const keys = [...found.keys()].filter(k => k.startsWith('annotation.')).sort();
  return [...FIXED, ...keys].flatMap(id => {
    const values = found.get(id);
    return values
      ? [{ id, values: [...values.values()].sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1)) }]
      : [];
  });
}

const KEYWORDS: Record<string, string> = {
  url: 'http.url',
  status: 'http.status',
  method: 'http.method',
  clientip: 'http.clientip',
};

/** What completion can offer from facets, without asking the server. */
export function knownOf(found: readonly Facet[], groups: readonly string[]): Known {
  const values = new Map<string, ReadonlyMap<string, number>>();
  for (const f of found) values.set(KEYWORDS[f.id] ?? f.id, new Map(f.values.map(v => [v.value, v.count])));
  values.set('group.name', new Map(groups.map(g => [g, 0])));
  return { values, keys: found.filter(f => f.id.startsWith('annotation.')).map(f => f.id.slice('annotation.'.length)) };
}
