import { parseSpan } from '../time/range';
import { formatMomentParam, parseMoment, shared } from './shared';
import { parseTraceId } from './traceid';

/** Where a browser is, without the console's base path. */
export interface Place {
  pathname: string;
  search: string;
  hash: string;
}

const PAGES: Record<string, string> = {
  'service-map': '/map',
  map: '/map',
  traces: '/traces',
  analytics: '/analytics',
  groups: '/groups',
  sampling: '/sampling',
  insights: '/insights',
  encryption: '/settings',
  welcome: '/start',
};

/**
 * Rewrites an address in AWS's spelling (…/xray/home?region=…#/traces?timeRange=PT15M&filter=…)
 * to ours. Undefined when it is ours already.
 */
export function rewrite(place: Place): string | undefined {
  const inner = hashPlace(place.hash);
  const home = place.pathname === '/xray/home';
  const params = new URLSearchParams(place.search);
  for (const [name, value] of new URLSearchParams(inner?.search ?? '')) params.set(name, value);
  const foreign = ['timeRange', 'filter', 'region'].some(name => params.has(name));
  if (!inner && !home && !foreign) return undefined;
  translate(params);
  const path = inner?.path ?? (home ? '/' : place.pathname);
  const search = shared.format({}, params.toString());
  return search ? `${path}?${search}` : path;
}

function hashPlace(hash: string): { path: string; search: string } | undefined {
  const m = /^#!?\/?(?:xray:)?([^?]*)(?:\?(.*))?$/.exec(hash);
  if (!m || !/^#!?(\/|xray:)/.test(hash)) return undefined;
  const [page = '', id, view] = (m[1] ?? '').split('/');
  const search = m[2] ?? '';
  const trace = id === undefined ? undefined : parseTraceId(id);
  if (page === 'traces' && trace) return { path: `/traces/${trace}${view === 'raw' ? '/raw' : ''}`, search };
  const path = PAGES[page] ?? '/';
  return { path: id && path !== '/traces' ? `${path}/${id}` : path, search };
}

function translate(params: URLSearchParams): void {
  const range = params.get('timeRange');
  const filter = params.get('filter');
  for (const name of ['timeRange', 'filter', 'region']) params.delete(name);
  const span = range ? parseSpan(range) : undefined;
  const [from, to] = (range ?? '').split('~').map(parseMoment);
  if (range && span !== undefined) params.set('t', range.toLowerCase().replace(/^pt?/, '').replace('t', ''));
  else if (from !== undefined && to !== undefined) {
    params.set('from', formatMomentParam(from));
    params.set('to', formatMomentParam(to));
  }
  if (filter) params.set('q', filter);
}
