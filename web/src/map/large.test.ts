import { describe, expect, it } from 'vitest';
import { none } from '../chart/bins';
import { ALL, amountOf, around, centre, FOLDED, MOST } from './amount';
import { curve } from './curves';
import { collapsed, folded, groupings } from './fold';
import { edgeBox, FAR, labelBox, type NodeLabel, overlap, placeLabels, stepOf, textSizes } from './labels';
import { layout } from './layout';
import { edgeKey, indexed, keyOf, type MapEdge, type MapGraph, type MapNode, radii, together } from './model';
import { parsePins, pinned } from './pins';

function node(name: string, type: string | null, more: Partial<MapNode> = {}): MapNode {
  const id = { name, type, account: null };
  return {
    key: keyOf(id),
    id,
    client: false,
    inferred: false,
    root: false,
    change: undefined,
    counts: { ...none(), ok: 100 },
    total: 100,
    perMinute: 10,
    average: 0.1,
    histogram: [{ Value: 0.1, Count: 100 }],
    ...more,
  };
}

function edge(from: MapNode, to: MapNode): MapEdge {
  const { counts, total, perMinute, average, histogram } = to;
  const measured = { counts, total, perMinute, average, histogram };
  const ends = { key: edgeKey(from.key, to.key), from: from.key, to: to.key };
  return { ...measured, ...ends, link: false, age: undefined, aliases: [], change: undefined };
}

const table = (i: number, more: Partial<MapNode> = {}) =>
  node(`table-${i}`, 'AWS::DynamoDB::Table', { inferred: true, ...more });

/** A service with stores, a remote service, and one store that fails. */
function shop(): MapGraph {
  const web = node('web.shop.svc.cluster.local', 'AWS::EKS::Container', { root: true });
  const pay = node('pay.shop.svc.cluster.local', 'AWS::EKS::Container');
  const stores = [0, 1, 2, 3].map(i => table(i, { average: i === 3 ? 0.5 : 0.1 }));
  const broken = table(9, { counts: { ...none(), ok: 50, fault: 50 } });
  const remote = node('api.example', 'remote', { inferred: true });
  const shared = table(7);
  const nodes = [web, pay, ...stores, broken, remote, shared];
  const edges = [
    edge(web, pay),
    ...stores.map(s => edge(web, s)),
    edge(web, broken),
    edge(web, remote),
    edge(web, shared),
    edge(pay, shared),
  ];
  return indexed(nodes, edges);
}

const NONE: ReadonlySet<string> = new Set();

describe('folding', () => {
  it('makes one node of the stores that one caller has, and leaves what fails', () => {
    const { graph, standIn } = folded(shop(), NONE);
    const fold = graph.nodes.find(n => n.bundle);
    expect(fold?.bundle?.members).toHaveLength(4);
    expect(fold).toMatchObject({ total: 400, perMinute: 40, average: 0.2 });
    expect(standIn.get('table-0|AWS::DynamoDB::Table')).toBe(fold?.key);
    expect(graph.nodes.map(n => n.id.name)).toEqual(
      expect.arrayContaining(['table-9', 'table-7', 'api.example', 'web.shop.svc.cluster.local']),
    );
    const [to] = graph.into.get(fold?.key ?? '') ?? [];
    expect(to).toMatchObject({ from: 'web.shop.svc.cluster.local|AWS::EKS::Container', total: 400 });
  });

  it('leaves what was unfolded', () => {
    const key = folded(shop(), NONE).graph.nodes.find(n => n.bundle)?.key ?? '';
    expect(folded(shop(), new Set([key])).graph.nodes).toHaveLength(9);
  });

  it('folds with the same keys whatever the traffic', () => {
    const keys = (g: MapGraph) => folded(g, NONE).graph.nodes.map(n => n.key);
    const busy = shop();
    const more = indexed(
      busy.nodes.map(n => ({ ...n, total: n.total * 7 })),
      busy.edges,
    );
    expect(keys(more)).toEqual(keys(busy));
  });

  it('makes one node of each group, without the calls inside', () => {
    const all = shop();
    expect(groupings(all)).toEqual(['none', 'namespace', 'cluster', 'type']);
    const { graph } = collapsed(all, 'namespace', NONE);
    const group = graph.nodes.find(n => n.bundle);
    expect(group?.bundle).toMatchObject({ kind: 'group', label: 'shop' });
    expect(group?.bundle?.members).toHaveLength(2);
    expect(graph.edges.some(e => e.from === e.to)).toBe(false);
    expect(graph.into.get('table-7|AWS::DynamoDB::Table')).toHaveLength(1);
    expect(collapsed(all, 'namespace', new Set([group?.key ?? ''])).graph).toBe(all);
    expect(collapsed(all, 'account', NONE).graph).toBe(all);
  });

  it('adds up what is measured', () => {
    const sum = together([table(0), table(1, { counts: { ...none(), fault: 300 }, total: 300, average: 0.5 })]);
    expect(sum).toMatchObject({ total: 400, average: 0.4, counts: { ok: 100, fault: 300 } });
    expect(sum.histogram).toEqual([{ Value: 0.1, Count: 200 }]);
    expect(together([]).average).toBeUndefined();
  });
});

describe('how much is drawn', () => {
  it('depends on the number of nodes, and on the reader', () => {
    expect(amountOf(ALL, false)).toBe('all');
    expect(amountOf(ALL + 1, false)).toBe('folded');
    expect(amountOf(FOLDED + 1, false)).toBe('focus');
    expect(amountOf(FOLDED + 1, true)).toBe('folded');
    expect(amountOf(MOST + 1, true)).toBe('focus');
  });

  it('begins at the worst node, and stays there', () => {
    const graph = shop();
    expect(centre(graph, undefined)).toBe('table-9|AWS::DynamoDB::Table');
    expect(centre(graph, 'api.example|remote')).toBe('api.example|remote');
    expect(centre(graph, 'gone')).toBe('table-9|AWS::DynamoDB::Table');
    expect(around(graph, 'table-9|AWS::DynamoDB::Table', 2).size).toBe(9);
    expect(around(graph, 'table-9|AWS::DynamoDB::Table', 1).size).toBe(2);
  });
});

/** Services in a tree, each with stores: so many nodes in all. */
function large(count: number): MapGraph {
  const nodes: MapNode[] = [];
  const edges: MapEdge[] = [];
  const services: MapNode[] = [];
  for (let i = 0; nodes.length < count; i++) {
    const service = node(`a-service-with-a-long-name-${i}`, 'AWS::ECS::Container', { total: 10 + ((i * 37) % 900) });
    const parent = services[Math.floor(i / 3)];
    nodes.push(service);
    if (parent) edges.push(edge(parent, service));
    services.push(service);
    for (let s = 0; s < 3 && nodes.length < count; s++) {
      const store = table(i * 10 + s);
      nodes.push(store);
      edges.push(edge(service, store));
    }
  }
  return indexed(nodes, edges);
}

/** Labels of a map as they are measured, roughly: two thirds of an em a letter. */
function labelsOf(graph: MapGraph) {
  const places = layout(
    graph.nodes.map(n => ({ key: n.key })),
    graph.edges.map(e => ({ from: e.from, to: e.to, weight: e.total })),
  );
  const radius = radii(graph, 'none');
  const nodes = graph.nodes.map((n): NodeLabel => {
    const { x, y } = places.places[n.key] ?? { x: 0, y: 0 };
    const lines = [n.id.name.length * 0.66];
    return { key: n.key, x, y, r: radius(n), lines, type: 12, topped: false, weight: n.total };
  });
  const ways = new Map(places.ways.map(w => [edgeKey(w.from, w.to), w]));
  const edges = graph.edges.flatMap(e => {
    const [from, to] = [places.places[e.from], places.places[e.to]];
    if (!from || !to) return [];
    const { spots } = curve(from, to, ways.get(e.key), { from: 38, to: 39, both: false });
    return [{ key: e.key, spots, width: 9, weight: e.total }];
  });
  return { nodes, edges };
}

describe('labels', () => {
  const { nodes, edges } = labelsOf(large(600));
  const of = new Map(nodes.map(n => [n.key, n]));
  const width = new Map(edges.map(e => [e.key, e.width]));

  it.each([0.1, 0.2, 0.35, 0.5, 0.8, 1, 2])('never lie on one another, on a node or an edge’s label: %s', k => {
    const step = stepOf(k);
    const sizes = textSizes(step);
    const types = step >= 0.66;
    const began = performance.now();
    const placed = placeLabels(nodes, edges, sizes, { types, edges: step >= 0.6, far: step < FAR });
    const took = performance.now() - began;
    const names = [...placed.names].flatMap(([key, much]) => {
      const n = of.get(key);
      return n ? [{ n, box: labelBox(n, sizes, much === 'full') }] : [];
    });
    const labels = [...placed.edges].map(([key, at]) => edgeBox(at, width.get(key) ?? 0, sizes.edge));
    console.log(
      `${nodes.length} nodes at ${k}: ${names.length} names, ${labels.length} of ${edges.length} edge labels, placed in ${took.toFixed(1)} ms`,
    );
    names.forEach(({ n, box }, i) => {
      expect(names.slice(i + 1).filter(o => overlap(box, o.box))).toEqual([]);
      expect(labels.filter(l => overlap(box, l))).toEqual([]);
      const discs = (step < FAR ? [] : nodes)
        .filter(o => o !== n)
        .map(o => ({ x: o.x - o.r, y: o.y - o.r, width: 2 * o.r, height: 2 * o.r }));
      expect(discs.filter(d => overlap(box, d))).toEqual([]);
    });
    labels.forEach((l, i) => {
      expect(labels.slice(i + 1).filter(o => overlap(l, o))).toEqual([]);
    });
    expect(names.length).toBeGreaterThan(0);
  });

  it('are those of the important nodes first, and all of them when there is room', () => {
    const few = placeLabels(nodes, [], textSizes(stepOf(0.15)), { types: false, edges: false, far: true });
    const heaviest = nodes.toSorted((a, b) => b.weight - a.weight || (a.key < b.key ? -1 : 1))[0];
    expect(few.names.has(heaviest?.key ?? '')).toBe(true);
    expect(few.names.size).toBeLessThan(nodes.length / 2);
    expect(placeLabels(nodes, [], textSizes(1), { types: true, edges: false, far: false }).names.size).toBeGreaterThan(
      nodes.length * 0.98,
    );
  });

  it('keep their size within a step, and are never smaller than ten pixels', () => {
    expect(stepOf(0.5)).toBe(0.5);
    expect(stepOf(0.51)).toBe(0.5);
    for (let k = 0.1; k < 3; k *= 1.07) {
      const sizes = textSizes(stepOf(k));
      expect(Math.min(sizes.name, sizes.type, sizes.edge) * k).toBeGreaterThanOrEqual(9.999);
    }
  });
});

describe('pins', () => {
  const graph = shop();
  const laid = layout(
    graph.nodes.map(n => ({ key: n.key })),
    graph.edges.map(e => ({ from: e.from, to: e.to, weight: e.total })),
  );
  it('put a node where the reader put it, and move nothing else', () => {
    const key = 'api.example|remote';
    const moved = pinned(laid, { [key]: [-900, 40], gone: [1, 1] });
    expect(moved.places[key]).toMatchObject({ x: -900, y: 40 });
    expect(moved.bounds.x).toBeLessThan(-900);
    for (const n of graph.nodes) if (n.key !== key) expect(moved.places[n.key]).toBe(laid.places[n.key]);
    expect(pinned(laid, {})).toBe(laid);
  });

  it('are read back, and nonsense is not', () => {
    expect(parsePins('{"v":{"a":[1,2],"b":["x",2],"c":[1]},"w":7}')).toEqual({ v: { a: [1, 2] } });
    expect(parsePins('{')).toEqual({});
    expect(parsePins(null)).toEqual({});
  });
});
