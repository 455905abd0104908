import { useEffect, useRef, useState } from 'react';
import type { Layout } from './layout';
import type { LayoutRequest } from './layout.worker';
import type { MapGraph } from './model';

export interface Laid {
  graph: MapGraph;
  layout: Layout;
}

/**
 * The layout of a map, made in a worker. The one before stays until the next is there, and its
 * places are where the next one starts; another tidy starts afresh.
 */
export function useLayout(graph: MapGraph | undefined, tidy: number): Laid | undefined {
  const [laid, setLaid] = useState<Laid>();
  const worker = useRef<Worker>(undefined);
  const pending = useRef(new Map<number, MapGraph>());
  const before = useRef<{ layout: Layout; tidy: number }>(undefined);
  const asked = useRef({ id: 0, tidy });

  useEffect(() => {
    const made = new Worker(new URL('./layout.worker.ts', import.meta.url), { type: 'module' });
    worker.current = made;
    made.onmessage = (e: MessageEvent<{ id: number; layout: Layout }>) => {
      const { id, layout } = e.data;
      const of = pending.current.get(id);
      pending.current.delete(id);
      if (!of || id !== asked.current.id) return;
      before.current = { layout, tidy: asked.current.tidy };
      setLaid({ graph: of, layout });
    };
    return () => {
      made.terminate();
      worker.current = undefined;
    };
  }, []);

  useEffect(() => {
    if (!graph) return;
    const id = asked.current.id + 1;
    asked.current = { id, tidy };
    pending.current.clear();
    pending.current.set(id, graph);
    const warm = before.current?.tidy === tidy ? before.current.layout : undefined;
    const request: LayoutRequest = {
      id,
      nodes: graph.nodes.map(n => ({ key: n.key })),
      edges: graph.edges.map(e => ({ from: e.from, to: e.to, weight: e.total })),
      before: warm && { places: warm.places, lanes: warm.lanes },
    };
    worker.current?.postMessage(request);
  }, [graph, tidy]);

  return laid;
}
