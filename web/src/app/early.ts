import type { QueryClient } from '@tanstack/react-query';
import { graphQueries } from '../api/graph';
import { queries } from '../api/queries';
import { resolve } from '../time/range';
import { here } from './location';
import { usePreferences } from './preferences';
import { scopeOf } from './scope';
import { useSession } from './session';

/**
 * Asks what the first page will ask, before there is a page: the answer is on its way while the browser
 * reads the page's code. Addresses in AWS's spelling are rewritten first, and wait for that.
 */
export function askEarly(client: QueryClient): void {
  const { path, search } = here();
  if (window.location.hash !== '' || search.includes('cmp=')) return;
  const { range, group, filter } = scopeOf(search, usePreferences.getState().range);
  const w = resolve(range, useSession.getState().now);
  if (path === '/' || path === '/map') void client.prefetchQuery(graphQueries.graph(w, filter, group));
  if (path === '/traces') void client.prefetchInfiniteQuery(queries.summaries(w, filter, group));
}
