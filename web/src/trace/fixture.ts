import { type ColumnarTrace, FLAG } from '../api/console';

/** A row of a made trace: service or subsegment, name, start and end in nanoseconds. */
export interface Made {
  name: string;
  service?: string;
  start: number;
  end: number;
  flags?: number;
  children?: readonly Made[];
}

/** Makes the columnar form of a tree, for tests. */
export function made(...roots: Made[]): ColumnarTrace {
  const strings = [''];
  const text = (t: string) => {
    const known = strings.indexOf(t);
    return known >= 0 ? known : strings.push(t) - 1;
  };
  const c: ColumnarTrace['columns'] = {
    id: [],
    parent: [],
    descendants: [],
    depth: [],
    segment: [],
    name: [],
    operation: [],
    namespace: [],
    start: [],
    duration: [],
    self: [],
    flags: [],
    status: [],
  };
  const segments: ColumnarTrace['segments'] = [];
  let extent = 0;
  const add = (m: Made, parent: number, depth: number, segment: number) => {
    const row = c.id.length;
    let own = segment;
    if (m.service !== undefined || segment < 0) {
      own =
        segments.push({
          row,
          name: m.service ?? m.name,
          origin: null,
          account: null,
          resourceArn: null,
          user: null,
          inferred: false,
          rows: 1,
        }) - 1;
    }
    c.id.push(row.toString(16).padStart(16, '0'));
    c.parent.push(parent);
    c.depth.push(depth);
    c.segment.push(own);
    c.name.push(text(m.name));
    c.operation.push(0);
    c.namespace.push(0);
    c.start.push(m.start);
    c.duration.push((m.flags ?? 0) & FLAG.inProgress ? -1 : m.end - m.start);
    c.self.push(m.end - m.start - (m.children ?? []).reduce((sum, k) => sum + k.end - k.start, 0));
    c.flags.push((m.flags ?? 0) | (own === segment ? FLAG.subsegment : 0));
    c.status.push(0);
    c.descendants.push(0);
    extent = Math.max(extent, m.end);
    for (const child of m.children ?? []) add(child, row, depth + 1, own);
    c.descendants[row] = c.id.length - row - 1;
  };
  for (const root of roots) add(root, -1, 0, -1);
  return {
    id: '1-00000000-000000000000000000000000',
    w3c: '0'.repeat(32),
    start: 1_753_000_000,
    duration: extent,
    extent,
    inProgress: false,
    responseTime: extent,
    outcome: 'ok',
    revision: 1,
    firstReceived: 0,
    lastReceived: 0,
    partial: false,
    limitExceeded: false,
    root: 0,
    count: c.id.length,
    strings,
    columns: c,
    segments,
    critical: { row: [], start: [], end: [] },
    notes: [],
    links: [],
  };
}

/** Calls that are nested so deep, each within the one before. */
export function nested(depth: number): ColumnarTrace {
  const rows = Array.from({ length: depth }, (_, row) => row);
  const [only] = made({ name: 'again', start: 0, end: depth }).segments;
  return {
    ...made({ name: 'again', start: 0, end: depth }),
    count: depth,
    segments: only ? [{ ...only, rows: depth }] : [],
    columns: {
      id: rows.map(row => row.toString(16).padStart(16, '0')),
      parent: rows.map(row => row - 1),
      descendants: rows.map(row => depth - 1 - row),
      depth: rows,
      segment: rows.map(() => 0),
      name: rows.map(() => 1),
      operation: rows.map(() => 0),
      namespace: rows.map(() => 0),
      start: rows.map(() => 0),
      duration: rows.map(() => depth),
      self: rows.map(() => 0),
      flags: rows.map(() => 0),
      status: rows.map(() => 0),
    },
  };
}
