import { useEffect, useRef, useState } from 'react';
import type { Layout } from './layout';
import type { LayoutRequest } from './layout.worker';
import type { MapGraph } from './model';

export interface Laid {
  graph: MapGraph;
  layout: Layout;
}

/** Started with the page's code, so that it is ready when the first map is; one map is laid out at a time. */
const worker =
  typeof Worker === 'undefined'
    ? undefined
    : new Worker(new URL('./layout.worker.ts', import.meta.url), { type: 'module' });
/** Numbers of requests, so that an answer for a page that was left is told from that for the present one. */
let asked = 0;

/**
 * The layout of a map, made in a worker. The one before stays until the next is there, and its
 * places are where the next one starts; another tidy starts afresh.
 */
export function useLayout(graph: MapGraph | undefined, tidy: number): Laid | undefined {
  const [laid, setLaid] = useState<Laid>();
  const pending = useRef(new Map<number, MapGraph>());
  const before = useRef<{ layout: Layout; tidy: number }>(undefined);
  const latest = useRef({ id: 0, tidy });

  useEffect(() => {
    const onMessage = (e: MessageEvent<{ id: number; layout: Layout }>) => {
      const { id, layout } = e.data;
      const of = pending.current.get(id);
      pending.current.delete(id);
      if (!of || id !== latest.current.id) return;
      before.current = { layout, tidy: latest.current.tidy };
      setLaid({ graph: of, layout });
    };
    worker?.addEventListener('message', onMessage);
    return () => worker?.removeEventListener('message', onMessage);
  }, []);

  useEffect(() => {
    if (!graph) return;
    const id = ++asked;
    latest.current = { id, tidy };
    pending.current.clear();
    pending.current.set(id, graph);
    const warm = before.current?.tidy === tidy ? before.current.layout : undefined;
    const request: LayoutRequest = {
      id,
      nodes: graph.nodes.map(n => ({ key: n.key })),
      edges: graph.edges.map(e => ({ from: e.from, to: e.to, weight: e.total })),
      before: warm && { places: warm.places, lanes: warm.lanes },
    };
    worker?.postMessage(request);
  }, [graph, tidy]);

  return laid;
}
