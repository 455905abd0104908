import type { ComparedGraph, NodeIdentity } from '../api/console';
import type { GraphEdge, GraphNode, HistogramEntry, ServiceGraph, Statistics } from '../api/shapes';
import { addCounts, type Counts, countsOf, none, quantile, total } from '../chart/bins';
import type { Bundle } from './fold';

// The map that is drawn: nodes and edges with keys that stay the same from one answer to the next.

export type Shown = 'average' | 'p50' | 'p95' | 'p99';
export const SHOWN: readonly Shown[] = ['average', 'p50', 'p95', 'p99'];

export interface Measured {
  counts: Counts;
  total: number;
  perMinute: number;
  /** Seconds; undefined without observations. */
  average: number | undefined;
  histogram: readonly HistogramEntry[];
}

export type MapChange = 'new' | 'lost' | 'changed' | undefined;

export interface MapNode extends Measured {
  key: string;
  id: NodeIdentity;
  client: boolean;
  /** Known from its callers alone. */
  inferred: boolean;
  root: boolean;
  change: MapChange;
  /** Of a node that stands for several. */
  bundle?: Bundle;
}

export interface MapEdge extends Measured {
  key: string;
  from: string;
  to: string;
  /** From a queue to what reads it: without calls. */
  link: boolean;
  /** The age of what was read, in seconds, for links. */
  age: number | undefined;
  aliases: readonly string[];
  change: MapChange;
}

export interface MapGraph {
  nodes: readonly MapNode[];
  edges: readonly MapEdge[];
  node: ReadonlyMap<string, MapNode>;
  out: ReadonlyMap<string, readonly MapEdge[]>;
  into: ReadonlyMap<string, readonly MapEdge[]>;
}

/** A node's key, as in the address: its name, type and account. */
export function keyOf({ name, type, account }: NodeIdentity): string {
  const part = (s: string) => s.replace(/[|%]/g, encodeURIComponent);
  return [part(name), part(type ?? ''), part(account ?? '')].join('|').replace(/\|+$/, '');
}

export const edgeKey = (from: string, to: string) => `${from}>${to}`;

const identity = (n: GraphNode): NodeIdentity => ({ name: n.Name, type: n.Type, account: n.AccountId });

function measured(s: Statistics | null, histogram: readonly HistogramEntry[], minutes: number): Measured {
  const counts = s ? countsOf(s) : none();
  return {
    counts,
    total: s?.TotalCount ?? 0,
    perMinute: (s?.TotalCount ?? 0) / minutes,
    average: s && s.TotalCount > 0 ? s.TotalResponseTime / s.TotalCount : undefined,
    histogram,
  };
}

/** Makes the map of an answer. Minutes is the length of the window, for rates. */
export function mapOf(graph: ServiceGraph, minutes: number): MapGraph {
  const byReference = new Map(graph.Services.map(n => [n.ReferenceId, n]));
  const nodes = graph.Services.map((n): MapNode => {
    const client = n.Type === 'client';
    return {
      key: keyOf(identity(n)),
      id: identity(n),
      client,
      inferred: !client && n.State !== 'active',
      root: n.Root === true,
      change: undefined,
      ...measured(n.SummaryStatistics, n.ResponseTimeHistogram, minutes),
    };
  });
  const edges = graph.Services.flatMap(n =>
    n.Edges.flatMap(e => {
      const to = byReference.get(e.ReferenceId);
      return to ? [edgeOf(n, to, e, minutes)] : [];
    }),
  );
  return indexed(nodes, edges);
}

function edgeOf(source: GraphNode, target: GraphNode, e: GraphEdge, minutes: number): MapEdge {
  const from = keyOf(identity(source));
  const to = keyOf(identity(target));
  return {
    key: edgeKey(from, to),
    from,
    to,
    link: e.EdgeType === 'link',
    age: quantile(e.ReceivedEventAgeHistogram ?? [], 0.5),
    aliases: [...new Set((e.Aliases ?? []).map(a => a.Name).filter(a => a !== target.Name))],
    change: undefined,
    ...measured(e.SummaryStatistics, e.ResponseTimeHistogram, minutes),
  };
}

export function indexed(nodes: readonly MapNode[], edges: readonly MapEdge[]): MapGraph {
  const group = (end: 'from' | 'to') => {
    const found = new Map<string, MapEdge[]>();
    for (const e of edges) found.set(e[end], [...(found.get(e[end]) ?? []), e]);
    for (const list of found.values()) list.sort((a, b) => b.total - a.total || (a.key < b.key ? -1 : 1));
    return found;
  };
  return { nodes, edges, node: new Map(nodes.map(n => [n.key, n])), out: group('from'), into: group('to') };
}

/** Marks what is new or has changed since the earlier range, and adds what is gone. */
export function compared(graph: MapGraph, with_: ComparedGraph): MapGraph {
  const change = (c: string): MapChange => (c === 'same' ? undefined : (c as MapChange));
  const ofNode = new Map(with_.nodes.map(n => [keyOf(n.node), n]));
  const ofEdge = new Map(with_.edges.map(e => [edgeKey(keyOf(e.source), keyOf(e.target)), e]));
  const nodes = graph.nodes.map(n => ({ ...n, change: change(ofNode.get(n.key)?.change ?? 'same') }));
  const edges = graph.edges.map(e => ({ ...e, change: change(ofEdge.get(e.key)?.change ?? 'same') }));
  const empty: Measured = { counts: none(), total: 0, perMinute: 0, average: undefined, histogram: [] };
  for (const [key, n] of ofNode) {
    if (n.change !== 'lost' || graph.node.has(key)) continue;
    const client = n.node.type === 'client';
    nodes.push({ ...empty, key, id: n.node, client, inferred: false, root: false, change: 'lost' });
  }
  const there = new Set(nodes.map(n => n.key));
  const had = new Set(edges.map(e => e.key));
  for (const [key, e] of ofEdge) {
    const [from, to] = [keyOf(e.source), keyOf(e.target)];
    if (e.change !== 'lost' || had.has(key) || !there.has(from) || !there.has(to)) continue;
    edges.push({ ...empty, key, from, to, link: e.link, age: undefined, aliases: [], change: 'lost' });
  }
  return indexed(nodes, edges);
}

/** The part of a map that a test of nodes leaves. */
export function part(graph: MapGraph, keep: (key: string) => boolean): MapGraph {
  return indexed(
    graph.nodes.filter(n => keep(n.key)),
    graph.edges.filter(e => keep(e.from) && keep(e.to)),
  );
}

/** What is reached from a node by so many edges, against them, or both ways. */
export function reach(graph: MapGraph, start: string, way: 'up' | 'down' | 'both', depth = Number.POSITIVE_INFINITY) {
  const found = new Set([start]);
  let edge = [start];
  for (let d = 0; d < depth && edge.length > 0; d++) {
    const next: string[] = [];
    for (const k of edge) {
      const beside = [
        ...(way === 'up' ? [] : (graph.out.get(k) ?? []).map(e => e.to)),
        ...(way === 'down' ? [] : (graph.into.get(k) ?? []).map(e => e.from)),
      ];
      for (const b of beside) {
        if (found.has(b)) continue;
        found.add(b);
        next.push(b);
      }
    }
    edge = next;
  }
  return found;
}

export function shown(m: Measured, what: Shown): number | undefined {
  if (what === 'average') return m.average;
  return quantile(m.histogram, Number(what.slice(1)) / 100);
}

const BAD = ['fault', 'error', 'throttle'] as const;
export type Bad = (typeof BAD)[number];

/** From this share on, something is wrong, unless the reader chose another. */
export const BAD_SHARE = 0.01;

/** The worst outcome whose share is at least the least, with that share. */
export function worst(m: Measured, least = BAD_SHARE): { outcome: Bad; share: number } | undefined {
  const all = total(m.counts);
  for (const outcome of BAD) {
    const share = all > 0 ? m.counts[outcome] / all : 0;
    if (share > 0 && share >= least) return { outcome, share };
  }
  return undefined;
}

/** Several measurements as one: sums, and the average over all. */
export function together(of: readonly Measured[]): Measured {
  const counts = none();
  const entries = new Map<number, number>();
  let [all, perMinute, time] = [0, 0, 0];
  for (const m of of) {
    addCounts(counts, m.counts);
    all += m.total;
    perMinute += m.perMinute;
    time += (m.average ?? 0) * m.total;
    for (const e of m.histogram) entries.set(e.Value, (entries.get(e.Value) ?? 0) + e.Count);
  }
  return {
    counts,
    total: all,
    perMinute,
    average: all > 0 ? time / all : undefined,
    histogram: [...entries].map(([Value, Count]) => ({ Value, Count })),
  };
}

/** How much is wrong with a node: faults before errors before throttles, by share. */
export function badness(m: Measured): number {
  if (m.total === 0) return 0;
  return (m.counts.fault * 1e4 + m.counts.error * 1e2 + m.counts.throttle) / m.total;
}

export function worstNode(graph: MapGraph): MapNode | undefined {
  return graph.nodes
    .filter(n => !n.client)
    .toSorted((a, b) => badness(b) - badness(a) || b.total - a.total || (a.key < b.key ? -1 : 1))[0];
}

/** Where arrows lead: along the heaviest edge, or to the neighbour in the same column. */
export function step(
  graph: MapGraph,
  places: Readonly<Record<string, { rank: number; y: number }>>,
  at: string,
  key: string,
): string | undefined {
  if (key === 'ArrowRight') return graph.out.get(at)?.find(e => e.to !== at)?.to;
  if (key === 'ArrowLeft') return graph.into.get(at)?.find(e => e.from !== at)?.from;
  const here = places[at];
  if (!here) return undefined;
  const down = key === 'ArrowDown';
  const column = graph.nodes.flatMap(n => {
    const p = places[n.key];
    return p && n.key !== at && p.rank === here.rank && (down ? p.y > here.y : p.y < here.y)
      ? [{ key: n.key, y: p.y }]
      : [];
  });
  return column.sort((a, b) => Math.abs(a.y - here.y) - Math.abs(b.y - here.y))[0]?.key;
}

export type Size = 'none' | 'traffic' | 'health';

/** The radius of each node: the same for all, or three steps by thirds of the logarithm. */
export function radii(graph: MapGraph, size: Size): (n: MapNode) => number {
  const of = (m: Measured) => (size === 'traffic' ? m.total : m.total - m.counts.ok);
  const most = size === 'none' ? 0 : graph.nodes.reduce((max, m) => Math.max(max, of(m)), 0);
  return n => {
    if (n.client) return 24;
    if (size === 'none') return 32;
    const share = most > 0 ? Math.log1p(of(n)) / Math.log1p(most) : 0;
    return share > 0.8 ? 38 : share > 0.4 ? 33 : 29;
  };
}

/** How much a node's name matters where not all have room: what fails, then where traffic comes in, then traffic. */
export function importance(n: MapNode, badShare?: number): number {
  const traffic = Math.log1p(n.total);
  if (worst(n, badShare)) return 1000 + Math.min(900, badness(n)) + traffic;
  if (n.client || (n.bundle && n.bundle.kind !== 'group')) return traffic - 20;
  return (n.root ? 100 : 0) + (n.bundle ? 10 : 0) + (n.inferred ? 0 : 5) + traffic;
}

/** Width of an edge, 1 to 6, by the logarithm of its traffic per minute. */
export function width(e: Measured): number {
  return Math.min(6, 1 + Math.log10(1 + e.perMinute) * 1.6);
}
