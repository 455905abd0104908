import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { Window } from '../time/range';
import { graphApi, type NodeIdentity } from './console';

const scopeOf = (w: Window, q: string, g: string | undefined) => ({
  from: w.from / 1000,
  to: w.to / 1000,
  g,
  q: q === '' ? undefined : q,
});

/** What the map asks, with keys. */
export const graphQueries = {
  graph: (w: Window, q: string, g: string | undefined) =>
    queryOptions({
      queryKey: ['graph', w.from, w.to, q, g ?? ''],
      queryFn: ({ signal }) => graphApi.graph(scopeOf(w, q, g), signal),
      placeholderData: keepPreviousData,
      staleTime: 5 * 60_000,
    }),
  compare: (w: Window, q: string, g: string | undefined, cmp: number | undefined) =>
    queryOptions({
      queryKey: ['graph', 'compare', w.from, w.to, q, g ?? '', cmp ?? ''],
      queryFn: ({ signal }) => graphApi.compare({ ...scopeOf(w, q, g), cmp }, signal),
      placeholderData: keepPreviousData,
      staleTime: 5 * 60_000,
    }),
  operations: (w: Window, q: string, g: string | undefined, node: NodeIdentity) =>
    queryOptions({
      queryKey: ['operations', w.from, w.to, q, g ?? '', node.name, node.type, node.account],
      queryFn: ({ signal }) => graphApi.operations({ ...scopeOf(w, q, g), node, top: 50 }, signal),
      staleTime: 5 * 60_000,
    }),
};
