import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { graphApi, type NodeIdentity } from '../../api/console';
import { compared, mapOf } from '../../map/model';
import type { Window } from '../../time/range';

const scopeOf = (w: Window, q: string, g: string | undefined) => ({
  from: w.from / 1000,
  to: w.to / 1000,
  g,
  q: q === '' ? undefined : q,
});

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

export type Cmp = 'off' | 'previous' | 'day' | 'week';

const DAY = 86_400;

/** The start of the earlier range; undefined when it is the one directly before. */
export function cmpStart(w: Window, cmp: Cmp): number | undefined {
  if (cmp === 'day') return w.from / 1000 - DAY;
  if (cmp === 'week') return w.from / 1000 - 7 * DAY;
  return undefined;
}

/** The map of the scope, with the marks of a comparison when there is one. */
export function useGraph(w: Window, q: string, g: string | undefined, cmp: Cmp) {
  const found = useQuery(graphQueries.graph(w, q, g));
  const against = useQuery({ ...graphQueries.compare(w, q, g, cmpStart(w, cmp)), enabled: cmp !== 'off' });
  const graph = useMemo(() => {
    if (!found.data) return undefined;
    const made = mapOf(found.data, (w.to - w.from) / 60_000);
    return cmp !== 'off' && against.data ? compared(made, against.data) : made;
  }, [found.data, against.data, cmp, w]);
  return { found, against, graph };
}
