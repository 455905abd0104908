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

/** What the flags of a columnar trace say, added up. */
export const FLAG = {
  error: 1,
  fault: 2,
  throttle: 4,
  inProgress: 8,
  inferred: 16,
  subsegment: 32,
  call: 64,
  critical: 128,
  exceptions: 256,
  annotations: 512,
  metadata: 1024,
  sql: 2048,
  links: 4096,
  aws: 8192,
  parentMissing: 16_384,
} as const;

export interface TraceSegment {
  row: number;
  name: string;
  origin: string | null;
  account: string | null;
  resourceArn: string | null;
  user: string | null;
  inferred: boolean;
  rows: number;
}

export type TraceNoteKind = 'missing-parent' | 'missing-callee' | 'clock-skew' | 'in-progress';

export interface TraceNote {
  kind: TraceNoteKind;
  row: number;
  id: string | null;
  before: number | null;
  after: number | null;
}

/** A trace as columns. Times inside are nanoseconds from start; start and receipts are seconds since 1970. */
export interface ColumnarTrace {
  id: string;
  w3c: string;
  start: number;
  duration: number | null;
  extent: number;
  inProgress: boolean;
  responseTime: number | null;
  outcome: 'ok' | 'error' | 'throttle' | 'fault' | null;
  revision: number;
  firstReceived: number;
  lastReceived: number;
  partial: boolean;
  limitExceeded: boolean;
  root: number | null;
  count: number;
  strings: string[];
  columns: {
    id: string[];
    parent: number[];
    descendants: number[];
    depth: number[];
    segment: number[];
    name: number[];
    operation: number[];
    namespace: number[];
    start: number[];
    duration: number[];
    self: number[];
    flags: number[];
    status: number[];
  };
  segments: TraceSegment[];
  critical: { row: number[]; start: number[]; end: number[] };
  notes: TraceNote[];
  noteCounts?: Partial<Record<TraceNoteKind, number>>;
  links: { row: number; traceId: string; id: string }[];
}

/** All that is known of one segment or subsegment. */
export interface TraceEntity {
  id: string;
  traceId: string;
  kind: 'segment' | 'subsegment';
  inferred: boolean;
  node: { name: string; type: string | null; account: string | null } | null;
  parent: string | null;
  segment: string | null;
  received: number;
  children: string[];
  callees: string[];
  outcome: 'ok' | 'error' | 'throttle' | 'fault';
  document: Record<string, unknown>;
}

/** Traces as the timeline wants them; an unknown id is an ApiError with status 404. */
export const traceApi = {
  columns: (id: string, signal?: AbortSignal) => get<ColumnarTrace>(`console/v1/traces/${id}`, {}, signal),
  entity: (id: string, entity: string, signal?: AbortSignal) =>
    get<TraceEntity>(`console/v1/traces/${id}/entities/${encodeURIComponent(entity)}`, {}, signal),
};

/** All that the server says of itself; Me is the part that every version has. */
export interface Server extends Me {
  authentication: string;
  strict: boolean;
  now: number;
  started: number;
  hasTraces: boolean;
  store: { documents: number; diskBytes: number; logBytes: number; memoryBytes: number; blocks: number };
}

export interface TraceSet {
  count: number;
  outcomes: OutcomeCounts;
  partial: number;
  responseTime: Times;
  duration: Times;
}

export interface SetHistogram {
  edges: number[];
  a: number[];
  b: number[] | null;
  rest: number[];
}

export interface SetSeries {
  ok: number[];
  error: number[];
  throttle: number[];
  fault: number[];
  p50: (number | null)[];
  p95: (number | null)[];
}

export interface FieldValue {
  value: string;
  /** Selects the traces that are counted; null where the language cannot say it. */
  filter: string | null;
  a: number;
  b: number | null;
  rest: number;
}

export interface AnalyzedField {
  field: string;
  label: string | null;
  distinct: number;
  other: number;
  with: { a: number; b: number | null; rest: number };
  values: FieldValue[];
}

export interface Share {
  count: number;
  n: number;
  share: number;
  low: number;
  high: number;
}

export interface Difference {
  field: string;
  value: string;
  filter: string | null;
  a: Share;
  b: Share;
  delta: number;
  low: number;
  high: number;
  significant: boolean;
}

export interface Analysis {
  from: number;
  to: number;
  scanned: number;
  complete: boolean;
  scannedTo: number | null;
  sets: { a: TraceSet; b: TraceSet | null; rest: TraceSet };
  responseTime: SetHistogram;
  duration: SetHistogram;
  series: { start: number; step: number; a: SetSeries; b: SetSeries | null; rest: SetSeries };
  heat: { edges: number[]; a: number[][]; b: number[][] | null };
  differences: Difference[];
  fields: AnalyzedField[];
}

/** A request as sampling rules see it; empty members match every pattern. */
export interface SamplingRequest {
  serviceName?: string;
  serviceType?: string;
  host?: string;
  httpMethod?: string;
  urlPath?: string;
  resourceArn?: string;
  attributes?: Record<string, string>;
}

export interface SamplingTest {
  match: string | null;
  rules: {
    name: string;
    priority: number;
    fixedRate: number;
    reservoirSize: number;
    matches: boolean;
    decides: boolean;
    mismatches: { field: string; pattern: string; value: string | null }[];
  }[];
}

export interface SamplingChange {
  name: string;
  priority?: number;
  fixedRate?: number;
  reservoirSize?: number;
  serviceName?: string;
  serviceType?: string;
  host?: string;
  httpMethod?: string;
  urlPath?: string;
  resourceArn?: string;
  attributes?: Record<string, string>;
}

export interface RuleEstimate {
  name: string;
  priority: number;
  requests: number;
  kept: number;
  byReservoir: number;
  byRate: number;
}

export interface WhatIf {
  from: number;
  to: number;
  scanned: number;
  complete: boolean;
  requests: number;
  unknown: number;
  current: { kept: number; rules: RuleEstimate[] };
  proposed: { kept: number; rules: RuleEstimate[] };
  moved: { from: string; to: string; requests: number }[];
  caveat: string;
}

export interface Sources {
  since: number;
  intakes: {
    protocol: string;
    calls: number;
    documents: number;
    bytes: number;
    lastReceived: number | null;
    rejected: { code: string; count: number; message: string; lastId: string | null; last: number | null }[];
    throttled: number;
    failed: number;
  }[];
  daemon: {
    datagrams: number;
    datagramBytes: number;
    streams: number;
    streamDocuments: number;
    openStreams: number;
    queuedBytes: number;
    receiveBuffer: number;
    dropped: Record<string, number>;
  } | null;
  sdks: { sdk: string | null; version: string | null; segments: number; lastReceived: number; services: string[] }[];
  sdkSample: { traces: number; segments: number; from: number; to: number };
  telemetry: {
    hostname: string | null;
    instance: string | null;
    resource: string | null;
    reported: number;
    received: number;
    sent: number;
    spillover: number;
    rejected: number;
    timeouts: number;
    connectionsRefused: number;
    http4xx: number;
    http5xx: number;
    unknownHosts: number;
    other: number;
  }[];
}

/** What the pages around the traces ask: analytics, sampling, sources, status. */
export const serverApi = {
  server: (signal?: AbortSignal) => get<Server>('console/v1/me', {}, signal),

  /** Compares two sets of traces, exactly. Without b, A is compared with the rest. */
  analyze: (
    request: Omit<Scope, 'q'> & { a?: string; b?: string | undefined; top?: number; buckets?: number; fields?: string },
    signal?: AbortSignal,
  ) => get<Analysis>('console/v1/analyze', { ...request }, signal),

  testSampling: (request: SamplingRequest, signal?: AbortSignal) =>
    post<SamplingTest>('console/v1/sampling/test', request, signal),

  whatIf: (
    request: { upsert?: SamplingChange[]; delete?: string[]; from?: number; to?: number },
    signal?: AbortSignal,
  ) => post<WhatIf>('console/v1/sampling/whatif', request, signal),

  sources: (signal?: AbortSignal) => get<Sources>('console/v1/sources', {}, signal),
};
