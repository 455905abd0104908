/** A node's place: the column (callers left) and the row in it. */
export interface Place {
  column: number;
  row: number;
}

/**
 * Columns by the longest way from a node that nobody calls; edges that close a circle do not count.
 * Inside a column by the mean of the callers' rows. For the few nodes of one trace.
 */
export function layers(ids: readonly number[], edges: readonly (readonly [number, number])[]): Map<number, Place> {
  const out = new Map<number, number[]>(ids.map(id => [id, []]));
  const callers = new Map<number, number[]>(ids.map(id => [id, []]));
  const known = new Set(ids);
  const state = new Map<number, 'open' | 'done'>();
  for (const [a, b] of edges) if (a !== b && known.has(a) && known.has(b)) out.get(a)?.push(b);
  const order: number[] = [];
  const visit = (id: number) => {
    state.set(id, 'open');
    for (const next of out.get(id) ?? []) {
      if (state.get(next) === 'open') continue;
      callers.get(next)?.push(id);
      if (!state.has(next)) visit(next);
    }
    state.set(id, 'done');
    order.push(id);
  };
  const called = new Set(edges.filter(([a, b]) => a !== b).map(([, b]) => b));
  for (const id of ids) if (!called.has(id) && !state.has(id)) visit(id);
  for (const id of ids) if (!state.has(id)) visit(id);
  const places = new Map<number, Place>();
  const columns: number[][] = [];
  for (const id of order.reverse()) {
    const column = Math.max(-1, ...(callers.get(id) ?? []).map(c => places.get(c)?.column ?? -1)) + 1;
    places.set(id, { column, row: 0 });
    const members = columns[column] ?? [];
    members.push(id);
    columns[column] = members;
  }
  for (const members of columns) {
    const weight = (id: number) => {
      const rows = (callers.get(id) ?? []).map(c => places.get(c)?.row ?? 0);
      return rows.length === 0 ? 0 : rows.reduce((a, b) => a + b, 0) / rows.length;
    };
    const weights = new Map(members.map(id => [id, weight(id)]));
    members.sort((a, b) => (weights.get(a) ?? 0) - (weights.get(b) ?? 0));
    members.forEach((id, row) => {
      const place = places.get(id);
      if (place) place.row = row;
    });
  }
  return places;
}
