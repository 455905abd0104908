import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { type Layout, layout } from './layout';
import type { LayoutRequest } from './layout.worker';
import type { MapGraph } from './model';

export interface Laid {
  graph: MapGraph;
  layout: Layout;
}

/** Maps up to this many nodes take less time to lay out than a worker takes to answer. */
const SMALL = 60;

let started: Worker | undefined;
/** One map is laid out at a time. */
function worker(): Worker {
  started ??= new Worker(new URL('./layout.worker.ts', import.meta.url), { type: 'module' });
  return started;
}
/** Numbers of requests, so that an answer for a page that was left is told from that for the present one. */
let asked = 0;

/**
 * The layout of a map, that of a large one made in a worker. The one before stays until the next is there, and its
 * places are where the next one starts; another tidy starts afresh.
 */
export function useLayout(graph: MapGraph | undefined, tidy: number): Laid | undefined {
  const [laid, setLaid] = useState<Laid>();
  const pending = useRef(new Map<number, MapGraph>());
  const before = useRef<{ layout: Layout; tidy: number }>(undefined);
  const latest = useRef({ id: 0, tidy });

  const show = useCallback((layout: Layout, of: MapGraph) => {
    before.current = { layout, tidy: latest.current.tidy };
    setLaid({ graph: of, layout });
  }, []);
  const onMessage = useCallback(
    (e: MessageEvent<{ id: number; layout: Layout }>) => {
      const { id, layout } = e.data;
      const of = pending.current.get(id);
      pending.current.delete(id);
      if (of && id === latest.current.id) show(layout, of);
    },
    [show],
  );
  useEffect(() => () => started?.removeEventListener('message', onMessage), [onMessage]);

  // Before the frame is painted: a small map is there with what comes with it.
  useLayoutEffect(() => {
    if (!graph) return;
    const id = ++asked;
    latest.current = { id, tidy };
    pending.current.clear();
    const warm = before.current?.tidy === tidy ? before.current.layout : undefined;
    const nodes = graph.nodes.map(n => ({ key: n.key }));
    const edges = graph.edges.map(e => ({ from: e.from, to: e.to, weight: e.total }));
    const places = warm && { places: warm.places, lanes: warm.lanes };
    if (nodes.length <= SMALL) {
      show(layout(nodes, edges, places), graph);
      return;
    }
    pending.current.set(id, graph);
    worker().addEventListener('message', onMessage);
    worker().postMessage({ id, nodes, edges, before: places } satisfies LayoutRequest);
  }, [graph, tidy, show, onMessage]);

  return laid;
}
