import type { Selection } from '../../chart/selection';
import type { MapEdge, MapGraph, MapNode } from '../../map/model';
import { add, edge, join, service } from '../../query/terms';
import { OUTCOMES, type Outcome } from '../../ui/outcome';

/** What is selected on the map: a node, or an edge with its ends. */
export type Selected =
  | { kind: 'node'; node: MapNode; target?: MapNode }
  | { kind: 'edge'; edge: MapEdge; from: MapNode; to: MapNode };

export interface Narrowing {
  range?: Selection | undefined;
  outcomes: readonly Outcome[];
}

/** What a selection's requests have to be, inside of the braces. */
export function body({ range, outcomes }: Narrowing): string {
  const terms: string[] = [];
  if (range?.from !== undefined) terms.push(`responsetime >= ${range.from}`);
  if (range?.to !== undefined) terms.push(`responsetime <= ${range.to}`);
  if (outcomes.length > 0 && outcomes.length < OUTCOMES.length) terms.push(outcomes.join(' OR '));
  return terms.length === 1 ? (terms[0] ?? '') : join(terms);
}

/** The term that selects the traces of a node or an edge. */
export function term(s: Selected, narrowing: Narrowing = { outcomes: [] }): string {
  const inside = body(narrowing);
  if (s.kind === 'node')
    return s.node.client ? service(nameOf(s.target ?? s.node), inside) : service(nameOf(s.node), inside);
  if (s.from.client) return service(nameOf(s.to), inside);
  return edge(nameOf(s.from), nameOf(s.to), inside);
}

const nameOf = (n: MapNode) => ({ name: n.id.name, type: n.id.type });

export function expression(filter: string, s: Selected, narrowing?: Narrowing): string {
  return add(filter, term(s, narrowing));
}

/** The term that selects the traces that touch any of the nodes. */
export function termOfAll(nodes: readonly MapNode[], graph: MapGraph, narrowing?: Narrowing): string {
  const terms = nodes.map(node => {
    const target = graph.node.get(graph.out.get(node.key)?.[0]?.to ?? '');
    return term({ kind: 'node', node, ...(target ? { target } : {}) }, narrowing);
  });
  return [...new Set(terms)].join(' OR ');
}
