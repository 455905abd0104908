import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { graphQueries } from '../../api/graph';
import { compared, mapOf } from '../../map/model';
import type { Window } from '../../time/range';

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
