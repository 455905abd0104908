import type { ServiceGraph } from './shapes';
import { get, post } from './transport';

// What X-Ray's API lacks. Each operation is described in docs/console-api.md; one that the server
// does not have answers 404, and its caller does without (ApiError.missing).

/** Times are seconds since 1970, as in X-Ray's API. */
export interface Scope {
  from: number;
  to: number;
  /** Name of a group. */
  g?: string | undefined;
  /** Filter expression. */
  q?: string | undefined;
}

export type SuggestionKind =
  | 'keyword'
  | 'operator'
  | 'literal'
  | 'name'
  | 'type'
  | 'account'
  | 'group'
  | 'key'
  | 'value';

export interface Suggestion {
  /** What is inserted, quoted where it has to be. */
  text: string;
  kind: SuggestionKind;
  /** What it means, or the type of an annotation; may be empty. */
  detail: string;
  /** How many traces of the period have it; absent for words of the language. */
  count?: number;
}

export interface Completion {
  /** Suggestions replace the text from here to the cursor; in UTF-16 units. */
  from: number;
  suggestions: Suggestion[];
}

export interface Me {
  version: string;
  region: string;
  accountId: string;
  /** Addresses for the snippets; daemon and otlp are empty when they are off. */
  endpoint: string;
  daemon: string;
  otlp: { http: string; grpc: string };
  retentionSeconds: number;
  /** Start of the oldest trace that is kept; null while there is none. */
  oldest: number | null;
  /** How many traces ever arrived. */
  traces: number;
}

export const consoleApi = {
  me: (signal?: AbortSignal) => get<Me>('console/v1/me', {}, signal),

  complete: (request: Scope & { text: string; cursor: number }, signal?: AbortSignal) => {
    const { text, cursor, from, to, g } = request;
    return get<Completion>('console/v1/complete', { text, cursor, from, to, g, limit: 50 }, signal);
  },

  /** How many traces match each term of a conjunction alone: which one excludes everything. */
  terms: (request: Scope, signal?: AbortSignal) =>
    post<{ terms: { text: string; count: number }[]; total: number }>('console/v1/terms', request, signal),
};

/** A node of the service graph; null is the type of none, and the account of this server. */
export interface NodeIdentity {
  name: string;
  type: string | null;
  account: string | null;
}

export interface OutcomeCounts {
  ok: number;
  error: number;
  throttle: number;
  fault: number;
}

/** Seconds; null when nothing was measured. */
export interface Times {
  count: number;
  average: number | null;
  min: number | null;
  max: number | null;
  p50: number | null;
  p75: number | null;
  p90: number | null;
  p95: number | null;
  p99: number | null;
}

export type Change = 'new' | 'lost' | 'changed' | 'same';

export interface ComparedStatistics {
  outcomes: OutcomeCounts;
  perMinute: number;
  times: Times;
}

interface Compared {
  change: Change;
  after: ComparedStatistics | null;
  before: ComparedStatistics | null;
}

export interface ComparedGraph {
  from: number;
  to: number;
  cmpFrom: number;
  cmpTo: number;
  nodes: (Compared & { node: NodeIdentity })[];
  edges: (Compared & { source: NodeIdentity; target: NodeIdentity; link: boolean })[];
}

export interface NodeOperations {
  scanned: number;
  complete: boolean;
  distinct: number;
  other: number;
  operations: {
    method: string | null;
    url: string | null;
    filter: string | null;
    count: number;
    outcomes: OutcomeCounts;
    times: Times;
  }[];
}

export const graphApi = {
  /** The service graph of the traces that match. */
  graph: (scope: Scope, signal?: AbortSignal) =>
    get<ServiceGraph>('console/v1/graph', { from: scope.from, to: scope.to, g: scope.g, q: scope.q }, signal),

  /** The graph beside that of an earlier range of the same length: at cmp, or directly before. */
  compare: (scope: Scope & { cmp?: number | undefined }, signal?: AbortSignal) =>
    get<ComparedGraph>(
      'console/v1/graph/compare',
      { from: scope.from, to: scope.to, g: scope.g, q: scope.q, cmp: scope.cmp },
      signal,
    ),

  /** What a node was asked for. */
  operations: (scope: Scope & { node: NodeIdentity; top?: number }, signal?: AbortSignal) =>
    get<NodeOperations>(
      'console/v1/nodes/operations',
      {
        from: scope.from,
        to: scope.to,
        g: scope.g,
        q: scope.q,
        name: scope.node.name,
        type: scope.node.type ?? '',
        account: scope.node.account ?? undefined,
        top: scope.top,
      },
      signal,
    ),
};
