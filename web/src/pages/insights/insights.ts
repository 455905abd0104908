// What the pages about insights compute.
import type { Group, Insight, InsightImpactGraph, TimeSeriesPoint } from '../../api/shapes';
import type { Window } from '../../time/range';
import { layers, type Place } from '../../trace/layers';

const MINUTE = 60_000;

/** The longest time that the impact graph of an insight is asked for. */
const GRAPH = 6 * 60 * MINUTE;

/** The groups whose insights are listed: the chosen one, or all that have insights enabled. */
export function watched(group: string | undefined, groups: readonly Group[]): string[] {
  if (group) return [group];
  return groups.filter(enabled).map(g => g.GroupName);
}

export function enabled(g: Group): boolean {
  return g.InsightsConfiguration?.InsightsEnabled ?? false;
}

/** From start to end, or to now for what is active, in milliseconds. */
export function lengthOf(i: Insight, now: number): Window {
  const from = i.StartTime * 1000;
  return { from, to: Math.max(from + MINUTE, i.EndTime === null ? now : i.EndTime * 1000) };
}

/** What the charts show: the insight with some time around it, whole minutes, nothing of the future. */
export function around(w: Window, now: number): Window {
  const margin = Math.min(60 * MINUTE, Math.max(15 * MINUTE, (w.to - w.from) / 2));
  const floor = (at: number) => Math.floor(at / MINUTE) * MINUTE;
  return { from: floor(w.from - margin), to: floor(Math.min(now, w.to + margin)) + MINUTE };
}

/** What the impact graph is of: five minutes until an event, or the last hours of the insight. */
export function graphWindow(w: Window, event: number | undefined): Window {
  if (event !== undefined) return { from: event - 5 * MINUTE, to: event };
  return { from: Math.max(w.from, w.to - GRAPH), to: w.to };
}

/** A period of a chart of faults. */
export interface Point {
  from: number;
  to: number;
  faults: number;
  total: number;
  /** What was expected; undefined when there was too little to tell. */
  expected: { low: number; high: number } | undefined;
}

/** The points of a series, oldest first. */
export function points(series: readonly TimeSeriesPoint[], seconds: number): Point[] {
  return series
    .map(p => {
      const s = p.ServiceSummaryStatistics ?? p.EdgeSummaryStatistics;
      const f = p.ServiceForecastStatistics;
      const to = p.Timestamp * 1000;
      const [low, high] = [f?.FaultCountLow ?? null, f?.FaultCountHigh ?? null];
      return {
        from: to - seconds * 1000,
        to,
        faults: s?.FaultStatistics.TotalCount ?? 0,
        total: s?.TotalCount ?? 0,
        expected: low === null || high === null ? undefined : { low, high },
      };
    })
    .sort((a, b) => a.from - b.from);
}

/** Whether there were more faults than expected. */
export function above(p: Point): boolean {
  return p.expected !== undefined && p.faults > p.expected.high;
}

/** The end of the count axis: a round number that holds all faults and bands. */
export function most(all: readonly Point[]): number {
  const n = Math.max(1, ...all.flatMap(p => [p.faults, p.expected?.high ?? 0]));
  const step = 10 ** Math.floor(Math.log10(n));
  return [1, 2, 5, 10].map(f => f * step).find(v => v >= n) ?? n;
}

/** The outline of the band in a box of width by height, as the data of a path: a part for each stretch that is known. */
export function band(all: readonly Point[], w: Window, top: number, width: number, height: number): string {
  const x = (at: number) => round(((at - w.from) / (w.to - w.from)) * width);
  const y = (n: number) => round(height - (n / top) * height);
  const stretches: Point[][] = [];
  for (const [k, p] of all.entries()) {
    if (!p.expected) continue;
    const last = stretches.at(-1);
    if (last && all[k - 1] === last.at(-1) && all[k - 1]?.to === p.from) last.push(p);
    else stretches.push([p]);
  }
  return stretches
    .map(s => {
      const up = s.flatMap(p => [p.from, p.to].map(at => `${x(at)} ${y(p.expected?.high ?? 0)}`));
      const down = s.toReversed().flatMap(p => [p.to, p.from].map(at => `${x(at)} ${y(p.expected?.low ?? 0)}`));
      return `M${[...up, ...down].join('L')}z`;
    })
    .join('');
}

function round(n: number): number {
  return Math.round(n * 100) / 100;
}

export type ImpactService = InsightImpactGraph['Services'][number];

/** An impact graph with a place for each service. */
export interface Drawn {
  services: readonly ImpactService[];
  calls: readonly (readonly [from: number, to: number])[];
  places: ReadonlyMap<number, Place>;
}

export function draw(services: readonly ImpactService[]): Drawn {
  const known = new Set(services.map(s => s.ReferenceId));
  const calls = services.flatMap(s =>
    s.Edges.filter(e => known.has(e.ReferenceId)).map(e => [s.ReferenceId, e.ReferenceId] as const),
  );
  return {
    services,
    calls,
    places: layers(
      services.map(s => s.ReferenceId),
      calls,
    ),
  };
}

/** Whether a service of a graph is the one that an id names. */
export function isService(
  s: ImpactService,
  id: { Name: string; Type: string | null; AccountId: string | null },
): boolean {
  return s.Name === id.Name && s.Type === id.Type && s.AccountId === id.AccountId;
}
