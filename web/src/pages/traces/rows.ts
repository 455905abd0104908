import type { TraceSummariesPage, TraceSummary } from '../../api/shapes';
import type { Sample } from '../../chart/bins';
import { annotationValue, summaryOutcome } from '../../query/facets';
import type { Window } from '../../time/range';
import { OUTCOMES } from '../../ui/outcome';
import type { Sort } from '../../url/codec';

export const COLUMNS = [
  'outcome',
  'start',
  'method',
  'status',
  'response',
  'duration',
  'url',
  'entry',
  'clientip',
  'user',
  'annotations',
  'services',
  'id',
] as const;
export type ColumnId = (typeof COLUMNS)[number];

/** The columns that show unless the reader chose others. */
export const SHOWN: readonly ColumnId[] = [
  'outcome',
  'start',
  'method',
  'status',
  'response',
  'url',
  'entry',
  'user',
  'annotations',
  'id',
];

type Key = string | number;

const keys: Record<ColumnId, (s: TraceSummary) => Key> = {
  outcome: s => -OUTCOMES.indexOf(summaryOutcome(s)),
  start: s => s.StartTime,
  method: s => s.Http.HttpMethod ?? '',
  status: s => s.Http.HttpStatus ?? 0,
  response: s => s.ResponseTime ?? -1,
  duration: s => s.Duration ?? -1,
  url: s => s.Http.HttpURL ?? '',
  entry: s => s.EntryPoint?.Name ?? '',
  clientip: s => s.Http.ClientIp ?? '',
  user: s => s.Users[0]?.UserName ?? '',
  annotations: s => Object.keys(s.Annotations).length,
  services: s => s.ServiceIds.length,
  id: s => s.Id,
};

/** Orders rows; equal ones stay as they came, newest first. */
export function ordered(rows: readonly TraceSummary[], sort: Sort): readonly TraceSummary[] {
  const key = keys[sort.column as ColumnId];
  if (!key || (sort.column === 'start' && sort.descending)) return rows;
  const way = sort.descending ? -1 : 1;
  return rows
    .map(row => ({ row, k: key(row) }))
    .sort((a, b) => (a.k < b.k ? -way : a.k > b.k ? way : 0))
    .map(({ row }) => row);
}

/** How far a list has come. */
export interface Progress {
  /** The part of the window that was looked at, 0 to 1. */
  scanned: number;
  matched: number;
  examined: number;
  complete: boolean;
}

export function progressOf(pages: readonly TraceSummariesPage[], w: Window): Progress {
  const last = pages.at(-1);
  const complete = last !== undefined && last.NextToken === null;
  const reached = last ? last.ApproximateTime * 1000 : w.to;
  const scanned = complete ? 1 : Math.max(0, Math.min(1, (w.to - reached) / Math.max(1, w.to - w.from)));
  return {
    scanned,
    matched: pages.reduce((n, p) => n + p.TraceSummaries.length, 0),
    examined: pages.reduce((n, p) => n + p.TracesProcessedCount, 0),
    complete,
  };
}

export function samplesOf(rows: readonly TraceSummary[]): Sample[] {
  return rows.flatMap(s => (s.ResponseTime === null ? [] : [{ value: s.ResponseTime, outcome: summaryOutcome(s) }]));
}

/** A response time that few are longer than: bars on its scale are not dwarfed by one outlier. */
export function longOf(rows: readonly TraceSummary[]): number {
  const times = rows.flatMap(s => s.ResponseTime ?? []).sort((a, b) => a - b);
  return times[Math.floor((times.length - 1) * 0.98)] ?? 0;
}

/** The path of a URL, which is what tells them apart; the whole of what is none. */
export function pathOf(url: string): string {
  try {
    const u = new URL(url);
    return u.pathname + u.search;
  } catch {
    return url;
  }
}

/** The annotations of a summary as "key=value". */
export function annotationsOf(s: TraceSummary): string[] {
  return Object.entries(s.Annotations).flatMap(([key, values]) =>
    values.map(v => `${key}=${annotationValue(v.AnnotationValue)}`),
  );
}
