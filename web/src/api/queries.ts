import { infiniteQueryOptions, keepPreviousData, QueryClient, queryOptions } from '@tanstack/react-query';
import type { Window } from '../time/range';
import { consoleApi } from './console';
import { ApiError } from './errors';
import { type Period, type TraceSummariesPage, xray } from './xray';

/**
 * The client of all queries. Answers are shared by key; a key has the window as absolute times,
 * so that a refresh, which moves the window, is a new key and the old answer stays on the screen
 * until the new one is there.
 */
export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 60_000,
        gcTime: 300_000,
        refetchOnWindowFocus: false,
        // The service may be on this machine: a browser that thinks it is offline asks all the same.
        networkMode: 'always',
        retry: (failures, error) =>
          error instanceof ApiError && error.transient && error.status !== 500 && failures < 2,
        retryDelay: attempt => Math.min(8000, 500 * 2 ** attempt),
      },
      mutations: { networkMode: 'always' },
    },
  });
}

export function period(w: Window): Period {
  return { StartTime: w.from / 1000, EndTime: w.to / 1000 };
}

/** Restricts a filter expression to the traces of a group. */
export function inGroup(expression: string, group: string | undefined): string {
  if (!group || group === 'Default') return expression;
  const term = `group.name = ${JSON.stringify(group)}`;
  return expression.trim() === '' ? term : `${term} AND (${expression})`;
}

function groupChoice(group: string | undefined) {
  return group && group !== 'Default' ? { GroupName: group } : {};
}

const MINUTE = 60_000;

/** Query options by name: useQuery(queries.groups()). Pages add their own beside them. */
export const queries = {
  me: () =>
    queryOptions({ queryKey: ['me'], queryFn: ({ signal }) => consoleApi.me(signal), staleTime: MINUTE, retry: false }),

  groups: () => queryOptions({ queryKey: ['groups'], queryFn: ({ signal }) => xray.groups(signal), staleTime: MINUTE }),

  /** Summaries in pages, newest first; data.pages grows with fetchNextPage. */
  summaries: (w: Window, expression: string, group: string | undefined) =>
    infiniteQueryOptions({
      queryKey: ['summaries', w.from, w.to, expression, group ?? ''],
      queryFn: ({ pageParam, signal }) => {
        const filter = inGroup(expression, group);
        return xray.traceSummaries(
          {
            ...period(w),
            ...(filter.trim() === '' ? {} : { FilterExpression: filter }),
            ...(pageParam ? { NextToken: pageParam } : {}),
          },
          signal,
        );
      },
      initialPageParam: '',
      getNextPageParam: (last: TraceSummariesPage) => last.NextToken ?? undefined,
      placeholderData: keepPreviousData,
      staleTime: 5 * MINUTE,
    }),

  trace: (id: string) =>
    queryOptions({
      queryKey: ['trace', id],
      queryFn: ({ signal }) => xray.traces([id], signal).then(found => found[0] ?? null),
      staleTime: 10_000,
    }),

  serviceGraph: (w: Window, group: string | undefined) =>
    queryOptions({
      queryKey: ['graph', w.from, w.to, group ?? ''],
      queryFn: ({ signal }) => xray.serviceGraph({ ...period(w), ...groupChoice(group) }, signal),
      placeholderData: keepPreviousData,
      staleTime: 5 * MINUTE,
    }),

  timeSeries: (w: Window, group: string | undefined, selector?: string) =>
    queryOptions({
      queryKey: ['series', w.from, w.to, group ?? '', selector ?? ''],
      queryFn: ({ signal }) =>
        xray.timeSeries(
          {
            ...period(w),
            ...groupChoice(group),
            ...(selector ? { EntitySelectorExpression: selector } : {}),
            Period: w.to - w.from > 6 * 60 * MINUTE ? 300 : 60,
          },
          signal,
        ),
      placeholderData: keepPreviousData,
      staleTime: 5 * MINUTE,
    }),

  samplingRules: () =>
    queryOptions({
      queryKey: ['sampling', 'rules'],
      queryFn: ({ signal }) => xray.samplingRules(signal),
      staleTime: 10_000,
    }),
  samplingStatistics: () =>
    queryOptions({
      queryKey: ['sampling', 'statistics'],
      queryFn: ({ signal }) => xray.samplingStatistics(signal),
      staleTime: 5000,
    }),

  /** What the server says of an expression: null when it is right, else its fault. Looks at no traces. */
  check: (expression: string) =>
    queryOptions({
      queryKey: ['check', expression],
      queryFn: async ({ signal }) => {
        if (expression.trim() === '') return null;
        try {
          await xray.traceSummaries({ StartTime: 0, EndTime: 0, FilterExpression: expression }, signal);
          return null;
        } catch (err) {
          const fault = err instanceof ApiError ? faultOf(err.message) : undefined;
          if (fault) return fault;
          throw err;
        }
      },
      staleTime: Number.POSITIVE_INFINITY,
      retry: false,
    }),
};

/** A fault in a filter expression as the server words it. */
export interface FilterFault {
  /** From 1; the position counts characters, not UTF-16 units. */
  line: number;
  position: number;
  /** The part of the text that could not be read; may be empty. */
  symbol: string;
  /** What is wrong with it; may be empty. */
  detail: string;
  message: string;
}

/** Reads the server's message about a filter expression. */
export function faultOf(message: string): FilterFault | undefined {
  const m =
    /^Error Location: line (\d+), position (\d+)(?: : Invalid input symbol: '([\s\S]*?)'(?= : |$))?(?: : ([\s\S]*))?$/.exec(
      message,
    );
  if (!m) return undefined;
  return { line: Number(m[1]), position: Number(m[2]), symbol: m[3] ?? '', detail: m[4] ?? '', message };
}
