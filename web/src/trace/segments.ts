import { at, isSegment, type Trace } from './model';

/** A trace whose rows are in another order. */
export interface Regrouped {
  trace: Trace;
  /** The row of the trace as it was, for each row. */
  order: Int32Array;
}

/**
 * The rows by segment, as X-Ray's own timeline has them: each segment stands at the top with nothing below but its
 * subsegments, in the order in which they began.
 */
export function bySegment(t: Trace): Regrouped {
  const tops: number[] = [];
  for (let row = 0; row < t.count; row++) if (isSegment(t, row) || at(t.parent, row) < 0) tops.push(row);
  tops.sort((a, b) => at(t.start, a) - at(t.start, b) || a - b);
  const order = new Int32Array(t.count);
  const place = new Int32Array(t.count);
  const depth = new Int32Array(t.count);
  let n = 0;
  for (const top of tops) {
    const last = top + at(t.descendants, top);
    for (let row = top; row <= last; row++) {
      if (row > top && isSegment(t, row)) {
        row += at(t.descendants, row);
        continue;
      }
      depth[n] = at(t.depth, row) - at(t.depth, top);
      place[row] = n;
      order[n++] = row;
    }
  }
  return { trace: arranged(t, order, place, depth), order };
}

/** The trace with its rows in that order; place is the other way round. */
function arranged(t: Trace, order: Int32Array, place: Int32Array, depth: Int32Array): Trace {
  const parent = order.map((row, n) => (at(depth, n) === 0 ? -1 : at(place, at(t.parent, row))));
  const descendants = new Int32Array(t.count);
  for (let n = t.count - 1; n >= 0; n--) {
    const above = at(parent, n);
    if (above >= 0) descendants[above] = at(descendants, above) + at(descendants, n) + 1;
  }
  const whole = (column: Int32Array) => order.map(row => at(column, row));
  const times = (column: Float64Array) => Float64Array.from(order, row => at(column, row));
  const source = t.source;
  const to = (row: number) => at(place, row);
  return {
    ...t,
    source: {
      ...source,
      root: source.root === null ? null : to(source.root),
      critical: { ...source.critical, row: source.critical.row.map(to) },
    },
    ids: Array.from(order, row => t.ids[row] ?? ''),
    parent,
    descendants,
    depth,
    segment: whole(t.segment),
    start: times(t.start),
    end: times(t.end),
    self: times(t.self),
    flags: whole(t.flags),
    status: whole(t.status),
    name: row => t.name(at(order, row)),
    operation: row => t.operation(at(order, row)),
    service: row => t.service(at(order, row)),
    rowOf: id => {
      const row = t.rowOf(id);
      return row < 0 ? -1 : to(row);
    },
  };
}
