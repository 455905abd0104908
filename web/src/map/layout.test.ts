import { describe, expect, it } from 'vitest';
import { COLUMN, type Layout, type LayoutEdge, layout, ROW } from './layout';

/** Numbers that are the same in each run. */
function random(seed: number): () => number {
  let s = seed;
  return () => {
    s = (s * 1_664_525 + 1_013_904_223) >>> 0;
    return s / 2 ** 32;
  };
}

function graphOf(nodes: number, edges: number, seed = 1) {
  const next = random(seed);
  const keys = Array.from({ length: nodes }, (_, i) => `node-${i}`);
  const found = new Map<string, LayoutEdge>();
  for (let i = 1; i < nodes; i++) {
    const from = keys[Math.floor(next() * i * 0.4)] ?? '';
    found.set(`${from} ${keys[i]}`, { from, to: keys[i] ?? '', weight: next() * 100 });
  }
  while (found.size < edges) {
    const from = keys[Math.floor(next() * nodes)] ?? '';
    const to = keys[Math.floor(next() * nodes)] ?? '';
    if (from !== to) found.set(`${from} ${to}`, { from, to, weight: next() * 100 });
  }
  return { nodes: keys.map(key => ({ key })), edges: [...found.values()] };
}

function overlaps(l: Layout): string[] {
  const all = Object.entries(l.places);
  return all.flatMap(([a, p], i) =>
    all.slice(i + 1).flatMap(([b, q]) => (p.rank === q.rank && Math.abs(p.y - q.y) < ROW - 1 ? [`${a} ${b}`] : [])),
  );
}

const chain = [
  { from: 'a', to: 'b', weight: 1 },
  { from: 'b', to: 'c', weight: 1 },
  { from: 'a', to: 'c', weight: 1 },
];
const abc = ['a', 'b', 'c'].map(key => ({ key }));

describe('the layout', () => {
  it('puts callers left of callees, and leads long edges around what is between', () => {
    const l = layout(abc, chain);
    expect(['a', 'b', 'c'].map(k => l.places[k]?.x)).toEqual([0, COLUMN, 2 * COLUMN]);
    const long = l.ways.find(w => w.from === 'a' && w.to === 'c');
    expect(long?.through).toHaveLength(1);
    expect(Math.abs((long?.through[0]?.[1] ?? 0) - (l.places.b?.y ?? 0))).toBeGreaterThan(50);
  });

  it('turns the lightest edge of a cycle, and draws it from its caller', () => {
    const l = layout(abc, [
      { from: 'a', to: 'b', weight: 9 },
      { from: 'b', to: 'c', weight: 9 },
      { from: 'c', to: 'a', weight: 1 },
      { from: 'b', to: 'a', weight: 1 },
      { from: 'b', to: 'b', weight: 1 },
    ]);
    expect(l.places.a?.rank).toBe(0);
    expect(l.places.c?.rank).toBe(2);
    const back = l.ways.find(w => w.from === 'c' && w.to === 'a');
    expect(back?.through[0]?.[0]).toBe(COLUMN);
    expect(l.ways).toHaveLength(4);
  });

  it('never puts two nodes on one another', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const g = graphOf(40 + seed, 60 + seed, seed);
      expect(overlaps(layout(g.nodes, g.edges))).toEqual([]);
    }
  });

  it('depends on the graph only, not on its order', () => {
    const g = graphOf(60, 90);
    const l = layout(g.nodes, g.edges);
    expect(layout(g.nodes.toReversed(), g.edges.toReversed())).toEqual(l);
  });

  it('finds the order without crossings', () => {
    const l = layout(
      ['a', 'b', 'x', 'y'].map(key => ({ key })),
      [
        { from: 'a', to: 'y', weight: 1 },
        { from: 'b', to: 'x', weight: 1 },
        { from: 'r', to: 'a', weight: 1 },
      ],
    );
    const y = (k: string) => l.places[k]?.y ?? 0;
    expect(Math.sign(y('a') - y('b'))).toBe(Math.sign(y('y') - y('x')));
  });

  it('keeps everything where it was when the same graph comes again', () => {
    const g = graphOf(80, 120);
    const first = layout(g.nodes, g.edges);
    const again = layout(
      g.nodes,
      g.edges.map(e => ({ ...e, weight: 100 - e.weight })),
      first,
    );
    expect(again.places).toEqual(first.places);
  });

  it('moves little when a node is added, and nothing out of its column', () => {
    const g = graphOf(60, 80);
    const first = layout(g.nodes, g.edges);
    const more = layout([...g.nodes, { key: 'new' }], [...g.edges, { from: 'node-3', to: 'new', weight: 5 }], first);
    expect(overlaps(more)).toEqual([]);
    expect(more.places.new?.rank).toBe((first.places['node-3']?.rank ?? 0) + 1);
    const moved = g.nodes.filter(n => Math.abs((more.places[n.key]?.y ?? 0) - (first.places[n.key]?.y ?? 0)) > ROW);
    expect(moved).toEqual([]);
    expect(g.nodes.every(n => more.places[n.key]?.x === first.places[n.key]?.x)).toBe(true);
  });

  it('puts a new caller of the first node left of everything, which stays', () => {
    const first = layout(abc, chain);
    const more = layout([...abc, { key: 'z' }], [...chain, { from: 'z', to: 'a', weight: 1 }], first);
    expect(more.places.z?.x).toBe(-COLUMN);
    expect(more.places.a).toEqual(first.places.a);
  });

  it('copes with nothing', () => {
    expect(layout([], []).bounds).toEqual({ x: 0, y: 0, width: 0, height: 0 });
  });

  it('lays out 300 nodes and 472 edges', () => {
    const g = graphOf(300, 472, 7);
    const l = layout(g.nodes, g.edges);
    expect(Object.keys(l.places)).toHaveLength(300);
    expect(l.ways).toHaveLength(472);
    expect(overlaps(l)).toEqual([]);
  });
});
