import { queryOptions } from '@tanstack/react-query';
import { type ColumnarTrace, traceApi } from '../api/console';

/** What is known of one row; asked anew when the trace has changed. */
export function entityQuery(trace: Pick<ColumnarTrace, 'id' | 'revision'>, id: string) {
  return queryOptions({
    queryKey: ['entity', trace.id, id, trace.revision],
    queryFn: ({ signal }) => traceApi.entity(trace.id, id, signal),
    staleTime: 60_000,
  });
}
