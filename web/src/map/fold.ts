import { kindOf } from './icons';
import {
  edgeKey,
  indexed,
  type MapChange,
  type MapEdge,
  type MapGraph,
  type MapNode,
  type Measured,
  together,
  worst,
} from './model';

// Several nodes as one: leaf stores and remote services of a caller, and what belongs to an
// account, a type, a namespace or a cluster. The one node has the sums.

export const GROUPINGS = ['none', 'namespace', 'cluster', 'type', 'account'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** What one node stands for. */
export interface Bundle {
  kind: 'stores' | 'remotes' | 'group';
  /** Of a group: what its members have in common. */
  label: string;
  members: readonly MapNode[];
}

export interface Bundled {
  graph: MapGraph;
  /** The key of the node that stands for one that is not drawn. */
  standIn: ReadonlyMap<string, string>;
}

/** The in-cluster address of a service of Kubernetes: name.namespace.svc, with the cluster's domain behind. */
const IN_CLUSTER = /^[a-z0-9-]+\.([a-z0-9-]+)\.svc(?:\.([a-z0-9.-]+?))?(?::\d+)?$/i;

/** What a node belongs to, as far as its name, type and account tell. */
export function groupOf(n: MapNode, by: Grouping): string | undefined {
  if (n.client || n.bundle) return undefined;
  if (by === 'account') return n.id.account ?? undefined;
  if (by === 'type') return n.id.type ?? undefined;
  const address = IN_CLUSTER.exec(n.id.name);
  if (by === 'cluster') return address?.[2];
  if (by === 'namespace') return address?.[1] ?? /^([\w.-]+)\/[\w.-]+$/.exec(n.id.name)?.[1];
  return undefined;
}

/** The groupings that make the map smaller: with a group of two nodes at least. */
export function groupings(graph: MapGraph): Grouping[] {
  return GROUPINGS.filter(by => {
    if (by === 'none') return true;
    const seen = new Set<string>();
    return graph.nodes.some(n => {
      const group = groupOf(n, by);
      if (group === undefined) return false;
      if (seen.has(group)) return true;
      seen.add(group);
      return false;
    });
  });
}

/** Makes one node of each group that is not open. */
export function collapsed(graph: MapGraph, by: Grouping, open: ReadonlySet<string>): Bundled {
  const groups = new Map<string, MapNode[]>();
  for (const n of graph.nodes) {
    const group = groupOf(n, by);
    if (group === undefined) continue;
    const key = `+${by}:${group}`;
    const had = groups.get(key);
    if (had) had.push(n);
    else groups.set(key, [n]);
  }
  const bundles = new Map<string, Bundle>();
  for (const [key, members] of groups) {
    if (members.length < 2 || open.has(key)) continue;
    bundles.set(key, { kind: 'group', label: key.slice(by.length + 2), members });
  }
  return bundled(graph, bundles);
}

/** Fewer are shown as they are. */
const LEAST_FOLDED = 3;

/**
 * Makes one node of the stores that only one caller has, and one of the remote services. What fails
 * stays by itself: a sum would hide it.
 */
export function folded(graph: MapGraph, open: ReadonlySet<string>, badShare?: number): Bundled {
  const leaves = new Map<string, { kind: 'stores' | 'remotes'; members: MapNode[] }>();
  for (const n of graph.nodes) {
    const kind = leafKind(graph, n);
    if (!kind || n.change || worst(n, badShare)) continue;
    const key = `+${kind}:${graph.into.get(n.key)?.[0]?.from}`;
    const had = leaves.get(key);
    if (had) had.members.push(n);
    else leaves.set(key, { kind, members: [n] });
  }
  const bundles = new Map<string, Bundle>();
  for (const [key, { kind, members }] of leaves) {
    if (members.length >= LEAST_FOLDED && !open.has(key)) bundles.set(key, { kind, label: '', members });
  }
  return bundled(graph, bundles);
}

function leafKind(graph: MapGraph, n: MapNode): 'stores' | 'remotes' | undefined {
  if (n.client || n.bundle || !n.inferred || (graph.out.get(n.key)?.length ?? 0) > 0) return undefined;
  if (graph.into.get(n.key)?.length !== 1) return undefined;
  const kind = kindOf(n.id.type);
  if (kind === 'database' || kind === 'bucket' || kind === 'queue' || kind === 'topic') return 'stores';
  return kind === 'remote' ? 'remotes' : undefined;
}

function bundled(graph: MapGraph, bundles: ReadonlyMap<string, Bundle>): Bundled {
  const standIn = new Map<string, string>();
  for (const [key, b] of bundles) for (const m of b.members) standIn.set(m.key, key);
  if (standIn.size === 0) return { graph, standIn };
  const nodes = graph.nodes.filter(n => !standIn.has(n.key));
  for (const [key, b] of bundles) nodes.push(nodeOf(key, b));
  const edges = new Map<string, MapEdge[]>();
  for (const e of graph.edges) {
    const from = standIn.get(e.from) ?? e.from;
    const to = standIn.get(e.to) ?? e.to;
    // Calls inside of a group are its own business.
    if (from === to && from !== e.from) continue;
    const key = edgeKey(from, to);
    const had = edges.get(key);
    if (had) had.push(e);
    else edges.set(key, [e]);
  }
  return {
    graph: indexed(
      nodes,
      [...edges].map(([key, list]) => edgeOf(key, list, standIn)),
    ),
    standIn,
  };
}

function nodeOf(key: string, bundle: Bundle): MapNode {
  const { members } = bundle;
  const types = new Set(members.map(m => m.id.type));
  return {
    ...together(members),
    key,
    id: { name: bundle.label, type: types.size === 1 ? ([...types][0] ?? null) : null, account: null },
    client: false,
    inferred: members.every(m => m.inferred),
    root: members.some(m => m.root),
    change: changeOf(members),
    bundle,
  };
}

function edgeOf(key: string, of: readonly MapEdge[], standIn: ReadonlyMap<string, string>): MapEdge {
  const [first] = of;
  const from = standIn.get(first?.from ?? '') ?? first?.from ?? '';
  const to = standIn.get(first?.to ?? '') ?? first?.to ?? '';
  if (of.length === 1 && first) return { ...first, key, from, to };
  const ages = of.flatMap(e => e.age ?? []);
  return {
    ...together(of),
    key,
    from,
    to,
    link: of.every(e => e.link),
    age: ages.length > 0 ? Math.max(...ages) : undefined,
    aliases: [...new Set(of.flatMap(e => e.aliases))],
    change: changeOf(of),
  };
}

/** What all have in common; else that something changed, when something did. */
function changeOf(of: readonly (Measured & { change: MapChange })[]): MapChange {
  const [first] = of;
  if (of.every(m => m.change === first?.change)) return first?.change;
  return 'changed';
}
