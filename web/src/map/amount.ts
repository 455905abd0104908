import { type MapGraph, reach, worstNode } from './model';

// How much of a map is drawn. Maps of hundreds of nodes end as posters: from some size on
// leaves are folded, and from a larger one on the worst node and what is around it is shown.

/** Up to this many nodes everything is drawn as it is. */
export const ALL = 300;
/** Up to this many, leaves are folded; larger maps open around the worst node. */
export const FOLDED = 600;
/** The most that is drawn at once. */
export const MOST = 2000;
/** How far around the worst node. */
export const DEPTH = 2;

export type Amount = 'all' | 'folded' | 'focus';

/** What is done with so many nodes, when the reader has not decided: drawAll is that they have. */
export function amountOf(nodes: number, drawAll: boolean): Amount {
  if (nodes <= ALL) return 'all';
  if (nodes <= FOLDED || (drawAll && nodes <= MOST)) return 'folded';
  return 'focus';
}

/**
 * The node around which a large map opens: the worst. One that was chosen stays while it is
 * there, since a map whose middle changes with every refresh cannot be read.
 */
export function centre(graph: MapGraph, before: string | undefined): string | undefined {
  return before !== undefined && graph.node.has(before) ? before : worstNode(graph)?.key;
}

/** What is around a node; the most distant are left out when it is more than can be drawn. */
export function around(graph: MapGraph, key: string, depth: number): ReadonlySet<string> {
  for (let d = depth; d > 0; d--) {
    const near = reach(graph, key, 'both', d);
    if (near.size <= MOST) return near;
  }
  return new Set([key]);
}
