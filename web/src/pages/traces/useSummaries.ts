import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { queries } from '../../api/queries';
import type { TraceSummary } from '../../api/shapes';
import type { Window } from '../../time/range';
import { progressOf } from './rows';

const FIRST = 1000;

/**
 * The summaries of a window: pages are fetched until there are a thousand rows, or as many more
 * as were asked for, or all.
 */
export function useSummaries(w: Window, filter: string, group: string | undefined) {
  const query = useInfiniteQuery(queries.summaries(w, filter, group));
  const key = `${w.from} ${w.to} ${filter} ${group}`;
  const [wanted, setWanted] = useState({ key, rows: FIRST });
  const want = wanted.key === key ? wanted.rows : FIRST;
  const pages = query.data?.pages;
  const rows = useMemo<readonly TraceSummary[]>(() => pages?.flatMap(p => p.TraceSummaries) ?? [], [pages]);
  const { hasNextPage, isFetchingNextPage, isPlaceholderData, fetchNextPage, isError } = query;
  const more = hasNextPage && !isFetchingNextPage && !isPlaceholderData && !isError;
  const short = rows.length < want;
  useEffect(() => {
    if (more && short) void fetchNextPage();
  }, [more, short, fetchNextPage]);
  const progress = useMemo(() => progressOf(pages ?? [], w), [pages, w]);
  return {
    rows,
    progress,
    pending: query.isPending,
    error: query.error,
    /** Old rows are shown, or more of the wanted ones are on their way. */
    loading: query.isFetching,
    stale: isPlaceholderData,
    updatedAt: query.dataUpdatedAt,
    retry: () => void query.refetch(),
    /** Asks for another thousand rows; undefined when there are no more. */
    older: hasNextPage && !short ? () => setWanted({ key, rows: rows.length + FIRST }) : undefined,
  };
}
