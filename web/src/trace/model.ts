import { type ColumnarTrace, FLAG, type TraceSegment } from '../api/console';
import { type Outcome, outcomeOf } from '../ui/outcome';

/**
 * A trace in typed arrays, one element a row. Rows are in the order in which they are shown, so the
 * subtree of row r is r up to r + descendants[r]. Times are nanoseconds from the trace's start.
 */
export interface Trace {
  source: ColumnarTrace;
  count: number;
  ids: readonly string[];
  parent: Int32Array;
  descendants: Int32Array;
  depth: Int32Array;
  segment: Int32Array;
  start: Float64Array;
  /** Of what is in progress: the last moment that is known. */
  end: Float64Array;
  self: Float64Array;
  flags: Int32Array;
  status: Int32Array;
  /** From 0 to the last moment, 1 at least. */
  extent: number;
  segments: readonly TraceSegment[];
  /** Names of services in the order of their first rows. */
  services: readonly string[];
  name(row: number): string;
  operation(row: number): string;
  /** The name of the service that a row belongs to. */
  service(row: number): string;
  /** The row of an id, -1 when there is none. */
  rowOf(id: string | undefined): number;
}

/** For how long after the last document, in seconds, something counts as still at work. */
const PATIENCE = 900;

/** Now, in seconds since 1970, is where bars of what is in progress end. */
export function traceOf(source: ColumnarTrace, now = 0): Trace {
  const c = source.columns;
  const start = Float64Array.from(c.start);
  const end = new Float64Array(source.count);
  const last = Math.min(now, Math.max(source.lastReceived, source.start) + PATIENCE);
  const present = Math.max(source.extent, Math.round((last - source.start) * 1e9));
  let extent = Math.max(1, source.extent);
  for (let i = 0; i < source.count; i++) {
    const duration = c.duration[i] ?? 0;
    const from = start[i] ?? 0;
    end[i] = duration < 0 ? Math.max(from, present) : from + duration;
    extent = Math.max(extent, end[i] ?? 0);
  }
  const rows = new Map<string, number>();
  c.id.forEach((id, row) => {
    if (!rows.has(id)) rows.set(id, row);
  });
  const text = (i: number | undefined) => source.strings[i ?? 0] ?? '';
  const service = (row: number) => source.segments[c.segment[row] ?? -1]?.name ?? text(c.name[row]);
  const services = new Set<string>();
  for (let i = 0; i < source.count; i++) services.add(service(i));
  return {
    source,
    count: source.count,
    ids: c.id,
    parent: Int32Array.from(c.parent),
    descendants: Int32Array.from(c.descendants),
    depth: Int32Array.from(c.depth),
    segment: Int32Array.from(c.segment),
    start,
    end,
    self: Float64Array.from(c.self),
    flags: Int32Array.from(c.flags),
    status: Int32Array.from(c.status),
    extent,
    segments: source.segments,
    services: [...services],
    name: row => text(c.name[row]),
    operation: row => text(c.operation[row]),
    service,
    rowOf: id => (id === undefined ? -1 : (rows.get(id) ?? -1)),
  };
}

export const at = (column: Int32Array | Float64Array, row: number): number => column[row] ?? 0;

export const has = (t: Trace, row: number, flag: number): boolean => (at(t.flags, row) & flag) !== 0;

export function outcomeAt(t: Trace, row: number): Outcome {
  return outcomeOf({
    error: has(t, row, FLAG.error),
    fault: has(t, row, FLAG.fault),
    throttle: has(t, row, FLAG.throttle),
  });
}

/** Whether a row is a segment of a service that reported it. */
export const isSegment = (t: Trace, row: number): boolean => !has(t, row, FLAG.subsegment);

/** The direct children of a row, in order; -1 gives the rows at the top. */
export function* childrenOf(t: Trace, row: number): Generator<number> {
  const last = row < 0 ? t.count - 1 : row + at(t.descendants, row);
  for (let child = row + 1; child <= last; child += at(t.descendants, child) + 1) yield child;
}

/** The rows above a row, the nearest first; so many at the most. */
export function ancestorsOf(t: Trace, row: number, most = t.count): number[] {
  const found: number[] = [];
  for (let p = at(t.parent, row); p >= 0 && found.length < most; p = at(t.parent, p)) found.push(p);
  return found;
}

/** A part of a bar, as shares of its length from 0 to 1. */
export interface Part {
  from: number;
  to: number;
}

/** Parts shorter than this share of the bar are joined: nobody sees them. */
const FINE = 0.002;

/** The parts of a row's time that nothing below covers. */
export function selfParts(t: Trace, row: number): Part[] {
  const start = at(t.start, row);
  const length = at(t.end, row) - start;
  if (length <= 0) return [{ from: 0, to: 1 }];
  const parts: Part[] = [];
  let free = 0;
  for (const child of childrenOf(t, row)) {
    const from = (at(t.start, child) - start) / length;
    const to = (at(t.end, child) - start) / length;
    if (from - free > FINE) parts.push({ from: free, to: Math.min(1, from) });
    free = Math.max(free, to);
    if (free >= 1) break;
  }
  if (1 - free > FINE) parts.push({ from: free, to: 1 });
  return parts;
}

/** The parts of each row's time that are on the critical path. */
export function criticalParts(t: Trace): ReadonlyMap<number, Part[]> {
  const found = new Map<number, Part[]>();
  const { row: rows, start, end } = t.source.critical;
  rows.forEach((row, i) => {
    const from = at(t.start, row);
    const length = at(t.end, row) - from;
    if (length <= 0) return;
    const share = (moment: number | undefined) => Math.min(1, Math.max(0, ((moment ?? 0) - from) / length));
    const part = { from: share(start[i]), to: share(end[i]) };
    const parts = found.get(row);
    const last = parts?.at(-1);
    if (last && part.from - last.to < FINE) last.to = part.to;
    else if (parts) parts.push(part);
    else found.set(row, [part]);
  });
  return found;
}

/** How much of the critical path each service is, the largest first, in shares. */
export function criticalShares(t: Trace): { service: string; share: number }[] {
  const sums = new Map<string, number>();
  let total = 0;
  const { row: rows, start, end } = t.source.critical;
  rows.forEach((row, i) => {
    const length = (end[i] ?? 0) - (start[i] ?? 0);
    total += length;
    sums.set(t.service(row), (sums.get(t.service(row)) ?? 0) + length);
  });
  if (total === 0) return [];
  return [...sums].map(([service, sum]) => ({ service, share: sum / total })).sort((a, b) => b.share - a.share);
}
