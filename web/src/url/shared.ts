import { formatSpan, parseSpan, type TimeRange } from '../time/range';
import { isZone } from '../time/zone';
import { codec, type Param } from './codec';

/** Seconds between refreshes; 0 is never. */
export const REFRESH_CHOICES = [0, 10, 30, 60, 300];

const refresh: Param<number | undefined> = {
  initial: undefined,
  parse: t => (t === 'off' ? 0 : parseSpan(t)),
  format: v => (v === undefined ? '' : v === 0 ? 'off' : formatSpan(v)),
};

const zone: Param<string | undefined> = {
  initial: undefined,
  parse: t => (isZone(t) ? t : undefined),
  format: v => v ?? '',
};

const optionalText: Param<string | undefined> = {
  initial: undefined,
  parse: t => t || undefined,
  format: v => v ?? '',
};

/**
 * The parameters that every page has, and that links inside the console take along. Undefined
 * means that the address does not say, and a preference or default holds.
 */
export const shared = codec({
  t: optionalText,
  from: optionalText,
  to: optionalText,
  g: optionalText,
  q: { initial: '', parse: t => t, format: v => v } satisfies Param<string>,
  r: refresh,
  tz: zone,
});

export type Shared = ReturnType<typeof shared.parse>;

/** Reads a moment of an address: ISO 8601 (UTC without a zone, as in AWS's links) or an epoch. */
export function parseMoment(text: string | undefined): number | undefined {
  if (!text) return undefined;
  if (/^\d{9,11}(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000);
  if (/^\d{12,14}$/.test(text)) return Number(text);
  const iso = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?$/i.exec(text);
  if (!iso) return undefined;
  const at = Date.parse(iso[4] ? text : iso[1] ? `${text}Z` : `${text}T00:00Z`);
  return Number.isNaN(at) ? undefined : at;
}

export function formatMomentParam(at: number): string {
  return new Date(at).toISOString().replace(/\.000Z$/, 'Z');
}

/** The range that an address names, if it does. */
export function rangeOf(s: Pick<Shared, 't' | 'from' | 'to'>): TimeRange | undefined {
  const from = parseMoment(s.from);
  const to = parseMoment(s.to);
  if (from !== undefined && to !== undefined && from < to) return { kind: 'absolute', from, to };
  const seconds = s.t === undefined ? undefined : parseSpan(s.t);
  return seconds === undefined ? undefined : { kind: 'relative', seconds };
}

/** The parameters that name a range. */
export function rangeParams(range: TimeRange): Pick<Shared, 't' | 'from' | 'to'> {
  if (range.kind === 'relative') return { t: formatSpan(range.seconds), from: undefined, to: undefined };
  return { t: undefined, from: formatMomentParam(range.from), to: formatMomentParam(range.to) };
}

/**
 * An address inside the console: the path with the shared parameters of the present address
 * (q, the filter, only if keep says so) and with those given.
 */
export function link(
  path: string,
  present: string,
  params: Partial<Shared> & Record<string, unknown> = {},
  keep: { q?: boolean } = {},
): string {
  const now = shared.parse(present);
  const out = new URLSearchParams(shared.format({ ...now, q: keep.q ? now.q : '', ...params }));
  for (const [name, value] of Object.entries(params)) {
    if (name in shared.params || value === undefined || value === '') continue;
    out.set(name, String(value));
  }
  const search = shared.format({}, out.toString());
  return search ? `${path}?${search}` : path;
}
