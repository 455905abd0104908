import { type Before, type LayoutEdge, type LayoutNode, layout } from './layout';

export interface LayoutRequest {
  id: number;
  nodes: readonly LayoutNode[];
  edges: readonly LayoutEdge[];
  before?: Before | undefined;
}

self.onmessage = (e: MessageEvent<LayoutRequest>) => {
  const { id, nodes, edges, before } = e.data;
  self.postMessage({ id, layout: layout(nodes, edges, before) });
};
