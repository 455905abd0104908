// A layered layout: callers on the left, callees on the right. Pure and deterministic: the same
// graph gives the same places, and with the places of before those stay that can.

export interface LayoutNode {
  key: string;
}

export interface LayoutEdge {
  from: string;
  to: string;
  /** How much it matters: the lightest edge of a cycle is turned round. */
  weight: number;
}

export interface Place {
  x: number;
  y: number;
  rank: number;
}

/** Where an edge passes between its ends, from the caller to the callee. */
export interface Way {
  from: string;
  to: string;
  through: readonly (readonly [number, number])[];
}

/** What a layout has to know of the one before. */
export interface Before {
  places: Readonly<Record<string, Place>>;
  lanes: Readonly<Record<string, number>>;
}

export interface Layout extends Before {
  places: Record<string, Place>;
  /** Heights at which long edges pass the columns between. */
  lanes: Record<string, number>;
  ways: Way[];
  bounds: { x: number; y: number; width: number; height: number };
}

export const COLUMN = 236;
export const ROW = 128;
const LANE = 26;
const SWEEPS = 8;
/** Places are rounded to hundredths: so much closer is no overlap. */
const SLACK = 0.05;

interface Item {
  key: string;
  rank: number;
  height: number;
  y: number;
  /** The place of before, for nodes that were there. */
  fixed: number | undefined;
  /** What the order is decided by first: parts that are not connected stay apart. */
  part: number;
  left: Item[];
  right: Item[];
}

/** Lays out a graph. Edges whose ends are not there are ignored, and so are those from a node to itself. */
export function layout(
  nodes: readonly LayoutNode[],
  edges: readonly LayoutEdge[],
  { places: before, lanes: lanesBefore }: Before = { places: {}, lanes: {} },
): Layout {
  const keys = [...new Set(nodes.map(n => n.key))].sort();
  const known = new Set(keys);
  const used = unique(edges.filter(e => e.from !== e.to && known.has(e.from) && known.has(e.to)));
  const warm = keys.some(k => before[k]);
  const directed = acyclic(used, before);
  const ranks = rank(keys, directed, before);
  const parts = components(keys, directed);
  const { items, chains } = build(keys, directed, ranks, parts, before, lanesBefore);
  const layers = layersOf(items);
  if (warm) orderWarm(layers);
  else orderCold(layers);
  settle(layers);

  const places: Record<string, Place> = {};
  for (const k of keys) {
    const item = items.get(k);
    if (item) places[k] = { x: item.rank * COLUMN, y: round(item.y), rank: item.rank };
  }
  const lanes: Record<string, number> = {};
  for (const item of items.values()) if (item.height === LANE) lanes[item.key] = round(item.y);
  const ways = used.map(e => {
    const chain = chains.get(pair(e.from, e.to));
    const turned = chain === undefined;
    const through = (chain ?? chains.get(pair(e.to, e.from)) ?? []).map(i => [i.rank * COLUMN, round(i.y)] as const);
    return { from: e.from, to: e.to, through: turned ? through.reverse() : through };
  });
  return { places, lanes, ways, bounds: boundsOf(places, ways) };
}

const round = (y: number) => Math.round(y * 100) / 100;

const pair = (from: string, to: string) => `${from}\u0000${to}`;

function unique(edges: readonly LayoutEdge[]): LayoutEdge[] {
  const found = new Map<string, LayoutEdge>();
  for (const e of edges) {
    const k = pair(e.from, e.to);
    const had = found.get(k);
    found.set(k, had ? { ...e, weight: had.weight + e.weight } : e);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, e]) => e);
}

/**
 * Turns edges round until there is no cycle: the heaviest are taken first, and one that would close
 * a cycle is turned. Edges that ran to the right before are taken before all others, so that
 * changing traffic does not change the picture.
 */
function acyclic(edges: readonly LayoutEdge[], before: Readonly<Record<string, Place>>): LayoutEdge[] {
  const forward = (e: LayoutEdge) => {
    const a = before[e.from];
    const b = before[e.to];
    return a && b ? (a.rank < b.rank ? 0 : 2) : 1;
  };
  const order = [...edges].sort((a, b) => forward(a) - forward(b) || b.weight - a.weight || (a.from < b.from ? -1 : 1));
  const out = new Map<string, string[]>();
  const reaches = (from: string, to: string) => {
    const seen = new Set([from]);
    const stack = [from];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (at === to) return true;
      for (const next of out.get(at) ?? []) {
        if (!seen.has(next)) {
          seen.add(next);
          stack.push(next);
        }
      }
    }
    return false;
  };
  const kept = new Map<string, LayoutEdge>();
  for (const e of order) {
    const turned = reaches(e.to, e.from);
    const [from, to] = turned ? [e.to, e.from] : [e.from, e.to];
    if (kept.has(pair(from, to))) continue;
    kept.set(pair(from, to), { from, to, weight: e.weight });
    out.set(from, [...(out.get(from) ?? []), to]);
  }
  return [...kept].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, e]) => e);
}

function neighbours(edges: readonly LayoutEdge[]) {
  const into = new Map<string, string[]>();
  const out = new Map<string, string[]>();
  for (const { from, to } of edges) {
    out.set(from, [...(out.get(from) ?? []), to]);
    into.set(to, [...(into.get(to) ?? []), from]);
  }
  return { into: (k: string) => into.get(k) ?? [], out: (k: string) => out.get(k) ?? [] };
}

function topological(keys: readonly string[], into: (k: string) => string[], out: (k: string) => string[]): string[] {
  const waiting = new Map(keys.map(k => [k, into(k).length]));
  const order = keys.filter(k => waiting.get(k) === 0);
  for (let i = 0; i < order.length; i++) {
    for (const next of out(order[i] ?? '')) {
      const left = (waiting.get(next) ?? 0) - 1;
      waiting.set(next, left);
      if (left === 0) order.push(next);
    }
  }
  return order;
}

/** Columns by longest path. What was there keeps its column unless an edge forces it to the right. */
function rank(
  keys: readonly string[],
  edges: readonly LayoutEdge[],
  before: Readonly<Record<string, Place>>,
): Map<string, number> {
  const { into, out } = neighbours(edges);
  const order = topological(keys, into, out);
  const warm = keys.some(k => before[k]);
  const ranks = new Map<string, number>();
  for (const k of order) {
    const above = into(k).flatMap(p => ranks.get(p) ?? []);
    const was = before[k]?.rank;
    if (was === undefined && above.length === 0 && warm) continue;
    ranks.set(k, Math.max(was ?? 0, ...above.map(r => r + 1)));
  }
  // From the right: what has no caller moves next to what it calls; new callers may be left of everything.
  for (const k of order.toReversed()) {
    const below = out(k).flatMap(c => ranks.get(c) ?? []);
    const movable = !ranks.has(k) || (before[k] === undefined && into(k).length === 0);
    if (movable) ranks.set(k, below.length > 0 ? Math.min(...below) - 1 : (ranks.get(k) ?? 0));
  }
  return ranks;
}

function components(keys: readonly string[], edges: readonly LayoutEdge[]): Map<string, number> {
  const { into, out } = neighbours(edges);
  const sizes: string[][] = [];
  const seen = new Set<string>();
  for (const start of keys) {
    if (seen.has(start)) continue;
    seen.add(start);
    const members = [start];
    for (let i = 0; i < members.length; i++) {
      const at = members[i] ?? '';
      for (const next of [...into(at), ...out(at)]) {
        if (!seen.has(next)) {
          seen.add(next);
          members.push(next);
        }
      }
    }
    sizes.push(members);
  }
  sizes.sort((a, b) => b.length - a.length || ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1));
  return new Map(sizes.flatMap((members, i) => members.map(k => [k, i] as const)));
}

/** Makes the items of the columns: nodes, and for long edges one in each column that they cross. */
function build(
  keys: readonly string[],
  edges: readonly LayoutEdge[],
  ranks: ReadonlyMap<string, number>,
  parts: ReadonlyMap<string, number>,
  before: Readonly<Record<string, Place>>,
  lanes: Readonly<Record<string, number>>,
) {
  const items = new Map<string, Item>();
  const make = (key: string, rank: number, height: number, part: number, fixed?: number): Item => {
    const item: Item = { key, rank, height, y: fixed ?? 0, fixed, part, left: [], right: [] };
    items.set(key, item);
    return item;
  };
  for (const k of keys) make(k, ranks.get(k) ?? 0, ROW, parts.get(k) ?? 0, before[k]?.y);
  const chains = new Map<string, Item[]>();
  for (const e of edges) {
    const from = items.get(e.from);
    const to = items.get(e.to);
    if (!from || !to) continue;
    const chain: Item[] = [];
    let last = from;
    for (let r = from.rank + 1; r < to.rank; r++) {
      const key = `${pair(e.from, e.to)}\u0000${r}`;
      const lane = make(key, r, LANE, from.part, lanes[key]);
      connect(last, lane);
      chain.push(lane);
      last = lane;
    }
    connect(last, to);
    chains.set(pair(e.from, e.to), chain);
  }
  return { items, chains };
}

function connect(a: Item, b: Item): void {
  a.right.push(b);
  b.left.push(a);
}

function layersOf(items: ReadonlyMap<string, Item>): Item[][] {
  const ranks = [...new Set([...items.values()].map(i => i.rank))].sort((a, b) => a - b);
  const layers = new Map(ranks.map(r => [r, [] as Item[]]));
  for (const i of items.values()) layers.get(i.rank)?.push(i);
  return ranks.map(r => layers.get(r) ?? []);
}

const mean = (of: readonly Item[]) => of.reduce((sum, i) => sum + i.y, 0) / of.length;

/** Barycentres from both sides, then swaps of neighbours; the order with the fewest crossings wins. */
function orderCold(layers: Item[][]): void {
  for (const layer of layers) {
    layer.sort((a, b) => a.part - b.part);
    number(layer);
  }
  let best = snapshot(layers);
  let least = crossings(layers);
  for (let sweep = 0; sweep < SWEEPS && least > 0; sweep++) {
    const right = sweep % 2 === 0;
    for (const layer of right ? layers : layers.toReversed()) {
      const value = new Map(
        layer.map(i => {
          const beside = right ? i.left : i.right;
          return [i, beside.length > 0 ? mean(beside) : i.y] as const;
        }),
      );
      layer.sort((a, b) => a.part - b.part || (value.get(a) ?? 0) - (value.get(b) ?? 0));
      number(layer);
    }
    transpose(layers);
    const now = crossings(layers);
    if (now < least) {
      least = now;
      best = snapshot(layers);
    }
  }
  layers.forEach((layer, i) => {
    layer.splice(0, layer.length, ...(best[i] ?? []));
    number(layer);
  });
}

const snapshot = (layers: readonly Item[][]) => layers.map(l => [...l]);

function number(layer: Item[]): void {
  layer.forEach((item, i) => {
    item.y = i;
  });
}

function crossingsOf(a: readonly Item[], b: readonly Item[]): number {
  let n = 0;
  for (const p of a) for (const q of b) if (p.y > q.y) n++;
  return n;
}

function transpose(layers: Item[][]): void {
  let better = true;
  for (let round = 0; round < 4 && better; round++) {
    better = false;
    for (const layer of layers) {
      for (let i = 0; i + 1 < layer.length; i++) {
        const a = layer[i];
        const b = layer[i + 1];
        if (!a || !b || a.part !== b.part) continue;
        const now = crossingsOf(a.left, b.left) + crossingsOf(a.right, b.right);
        const then = crossingsOf(b.left, a.left) + crossingsOf(b.right, a.right);
        if (then >= now) continue;
        layer[i] = b;
        layer[i + 1] = a;
        [a.y, b.y] = [b.y, a.y];
        better = true;
      }
    }
  }
}

/** Counts how often edges between neighbouring columns cross, with a tree of sums. */
function crossings(layers: readonly Item[][]): number {
  let n = 0;
  for (let l = 0; l + 1 < layers.length; l++) {
    const size = layers[l + 1]?.length ?? 0;
    const tree = new Array<number>(size + 1).fill(0);
    let seen = 0;
    for (const item of layers[l] ?? []) {
      const ends = item.right.map(r => r.y).sort((a, b) => a - b);
      for (const end of ends) {
        let upTo = 0;
        for (let i = end + 1; i > 0; i -= i & -i) upTo += tree[i] ?? 0;
        n += seen - upTo;
      }
      for (const end of ends) {
        for (let i = end + 1; i <= size; i += i & -i) tree[i] = (tree[i] ?? 0) + 1;
        seen++;
      }
    }
  }
  return n;
}

/** What was there stays where it was; what is new goes where its neighbours are. */
function orderWarm(layers: Item[][]): void {
  const placed = new Set(layers.flat().filter(i => i.fixed !== undefined));
  const place = (layer: Item[], side: 'left' | 'right') => {
    for (const i of layer) {
      if (placed.has(i)) continue;
      const beside = i[side].filter(n => placed.has(n));
      if (beside.length === 0) continue;
      i.y = mean(beside);
      placed.add(i);
    }
  };
  for (const layer of layers) place(layer, 'left');
  for (const layer of layers.toReversed()) place(layer, 'right');
  const low = Math.max(0, ...[...placed].map(i => i.y));
  let below = 0;
  for (const i of layers.flat()) if (!placed.has(i)) i.y = low + ROW * ++below;
  for (const layer of layers) {
    // A new one at the same height goes below the one that was there.
    layer.sort((a, b) => a.y - b.y || Number(a.fixed === undefined) - Number(b.fixed === undefined));
  }
}

/** Heights: each item as near to its neighbours (or to where it was) as order and distances allow. */
function settle(layers: Item[][]): void {
  const cold = layers.every(layer => layer.every(i => i.fixed === undefined));
  if (cold) {
    for (const layer of layers) {
      const wish = layer.map(() => 0);
      spread(layer, wish);
    }
  } else {
    for (const layer of layers)
      spread(
        layer,
        layer.map(i => i.y),
      );
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const layer of sweep % 2 === 0 ? layers : layers.toReversed()) {
      const wish = layer.map(i => {
        if (i.fixed !== undefined) return i.fixed;
        const beside = sweep < SWEEPS - 2 ? (sweep % 2 === 0 ? i.left : i.right) : [...i.left, ...i.right];
        return beside.length > 0 ? mean(beside) : i.y;
      });
      spread(layer, wish);
    }
  }
}

/**
 * The heights nearest to the wishes (by squares) that keep order and distances: pools of adjacent
 * violators. What was there weighs a thousand times as much, what long edges pass through four times.
 */
function spread(layer: Item[], wish: readonly number[]): void {
  const offsets: number[] = [];
  layer.forEach((item, i) => {
    const above = layer[i - 1];
    offsets.push(above ? (offsets[i - 1] ?? 0) + (above.height + item.height) / 2 : 0);
  });
  const pools: { sum: number; weight: number; n: number }[] = [];
  layer.forEach((item, i) => {
    const weight = item.fixed !== undefined ? 1000 : item.height === LANE ? 4 : 1;
    let pool = { sum: ((wish[i] ?? 0) - (offsets[i] ?? 0)) * weight, weight, n: 1 };
    for (
      let last = pools.at(-1);
      last && last.sum / last.weight > pool.sum / pool.weight + SLACK;
      last = pools.at(-1)
    ) {
      pools.pop();
      pool = { sum: last.sum + pool.sum, weight: last.weight + pool.weight, n: last.n + pool.n };
    }
    pools.push(pool);
  });
  let i = 0;
  for (const pool of pools) {
    for (let n = 0; n < pool.n; n++, i++) {
      const item = layer[i];
      if (item) item.y = pool.sum / pool.weight + (offsets[i] ?? 0);
    }
  }
}

function boundsOf(places: Readonly<Record<string, Place>>, ways: readonly Way[]): Layout['bounds'] {
  const xs = Object.values(places).map(p => p.x);
  const ys = [...Object.values(places).map(p => p.y), ...ways.flatMap(w => w.through.map(([, y]) => y))];
  if (xs.length === 0) return { x: 0, y: 0, width: 0, height: 0 };
  const x = Math.min(...xs) - COLUMN / 2;
  const y = Math.min(...ys) - ROW / 2;
  return { x, y, width: Math.max(...xs) + COLUMN / 2 - x, height: Math.max(...ys) + ROW * 0.75 - y };
}
