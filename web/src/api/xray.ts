import type {
  EncryptionConfig,
  Group,
  ImpactStatistics,
  IndexingRule,
  Insight,
  InsightEvent,
  InsightImpactGraph,
  ResourcePolicy,
  SamplingRule,
  SamplingRuleRecord,
  SamplingStatistics,
  ServiceGraph,
  Tag,
  TimeSeriesPoint,
  TraceDocuments,
  TraceSummariesPage,
  TraceSummariesRequest,
} from './shapes';
import { post } from './transport';

export type * from './shapes';
export type { ImpactStatistics };

/** A period of requests, in seconds since 1970. */
export interface Period {
  StartTime: number;
  EndTime: number;
}

interface Paged {
  NextToken: string | null;
}

/** Fetches all pages of a list and joins them. */
async function all<P extends Paged, T>(
  path: string,
  request: object,
  items: (page: P) => T[],
  signal?: AbortSignal,
): Promise<T[]> {
  const found: T[] = [];
  let token: string | null = null;
  do {
    const page: P = await post<P>(path, token ? { ...request, NextToken: token } : request, signal);
    found.push(...items(page));
    token = page.NextToken;
  } while (token);
  return found;
}

/** What identifies a group: Default when absent. */
export interface GroupChoice {
  GroupName?: string;
}

export type SamplingRuleUpdate = Partial<SamplingRule> & { RuleName: string };

/** The operations of the X-Ray API that the console calls; each rejects with an ApiError. */
export const xray = {
  traceSummaries: (request: TraceSummariesRequest, signal?: AbortSignal) =>
    post<TraceSummariesPage>('TraceSummaries', request, signal),

  /** The documents of traces. Unknown ids are not among the answers. */
  traces: (ids: readonly string[], signal?: AbortSignal) =>
    all<{ Traces: TraceDocuments[] } & Paged, TraceDocuments>('Traces', { TraceIds: ids }, p => p.Traces, signal).then(
      joinTraces,
    ),

  traceGraph: (ids: readonly string[], signal?: AbortSignal) =>
    all<ServiceGraph, ServiceGraph['Services'][number]>('TraceGraph', { TraceIds: ids }, p => p.Services, signal),

  serviceGraph: async (request: Period & GroupChoice, signal?: AbortSignal): Promise<ServiceGraph> => {
    const graph = await post<ServiceGraph>('ServiceGraph', request, signal);
    for (let token = graph.NextToken; token; ) {
      const next = await post<ServiceGraph>('ServiceGraph', { ...request, NextToken: token }, signal);
      graph.Services.push(...next.Services);
      token = next.NextToken;
    }
    return { ...graph, NextToken: null };
  },

  timeSeries: (
    request: Period &
      GroupChoice & { EntitySelectorExpression?: string; Period?: 60 | 300; ForecastStatistics?: boolean },
    signal?: AbortSignal,
  ) =>
    all<{ TimeSeriesServiceStatistics: TimeSeriesPoint[] } & Paged, TimeSeriesPoint>(
      'TimeSeriesServiceStatistics',
      request,
      p => p.TimeSeriesServiceStatistics,
      signal,
    ),

  groups: (signal?: AbortSignal) => all<{ Groups: Group[] } & Paged, Group>('Groups', {}, p => p.Groups, signal),
  group: (GroupName: string, signal?: AbortSignal) =>
    post<{ Group: Group }>('GetGroup', { GroupName }, signal).then(a => a.Group),
  createGroup: (request: Omit<Partial<Group>, 'GroupARN'> & { GroupName: string; Tags?: Tag[] }) =>
    post<{ Group: Group }>('CreateGroup', request).then(a => a.Group),
  updateGroup: (request: Omit<Partial<Group>, 'GroupARN'> & { GroupName: string }) =>
    post<{ Group: Group }>('UpdateGroup', request).then(a => a.Group),
  deleteGroup: (GroupName: string) => post<object>('DeleteGroup', { GroupName }),

  tags: (ResourceARN: string, signal?: AbortSignal) =>
    all<{ Tags: Tag[] } & Paged, Tag>('ListTagsForResource', { ResourceARN }, p => p.Tags, signal),
  tag: (ResourceARN: string, Tags: Tag[]) => post<object>('TagResource', { ResourceARN, Tags }),
  untag: (ResourceARN: string, TagKeys: string[]) => post<object>('UntagResource', { ResourceARN, TagKeys }),

  samplingRules: (signal?: AbortSignal) =>
    all<{ SamplingRuleRecords: SamplingRuleRecord[] } & Paged, SamplingRuleRecord>(
      'GetSamplingRules',
      {},
      p => p.SamplingRuleRecords,
      signal,
    ),
  samplingStatistics: (signal?: AbortSignal) =>
    all<{ SamplingStatisticSummaries: SamplingStatistics[] } & Paged, SamplingStatistics>(
      'SamplingStatisticSummaries',
      {},
      p => p.SamplingStatisticSummaries,
      signal,
    ),
  createSamplingRule: (rule: Omit<SamplingRule, 'RuleARN'>, Tags: Tag[] = []) =>
    post<{ SamplingRuleRecord: SamplingRuleRecord }>('CreateSamplingRule', { SamplingRule: rule, Tags }).then(
      a => a.SamplingRuleRecord,
    ),
  /** Members that are absent stay as they are, but an absent SamplingRateBoost is removed. */
  updateSamplingRule: (update: SamplingRuleUpdate) =>
    post<{ SamplingRuleRecord: SamplingRuleRecord }>('UpdateSamplingRule', { SamplingRuleUpdate: update }).then(
      a => a.SamplingRuleRecord,
    ),
  deleteSamplingRule: (RuleName: string) =>
    post<{ SamplingRuleRecord: SamplingRuleRecord }>('DeleteSamplingRule', { RuleName }).then(
      a => a.SamplingRuleRecord,
    ),

  insights: (request: Period & GroupChoice & { States?: ('ACTIVE' | 'CLOSED')[] }, signal?: AbortSignal) =>
    all<{ InsightSummaries: Insight[] } & Paged, Insight>('InsightSummaries', request, p => p.InsightSummaries, signal),
  insight: (InsightId: string, signal?: AbortSignal) =>
    post<{ Insight: Insight }>('Insight', { InsightId }, signal).then(a => a.Insight),
  insightEvents: (InsightId: string, signal?: AbortSignal) =>
    all<{ InsightEvents: InsightEvent[] } & Paged, InsightEvent>(
      'InsightEvents',
      { InsightId },
      p => p.InsightEvents,
      signal,
    ),
  insightImpactGraph: (request: { InsightId: string } & Period, signal?: AbortSignal) =>
    post<InsightImpactGraph>('InsightImpactGraph', request, signal),

  encryption: (signal?: AbortSignal) =>
    post<{ EncryptionConfig: EncryptionConfig }>('EncryptionConfig', {}, signal).then(a => a.EncryptionConfig),
  putEncryption: (request: { Type: 'NONE' | 'KMS'; KeyId?: string }) =>
    post<{ EncryptionConfig: EncryptionConfig }>('PutEncryptionConfig', request).then(a => a.EncryptionConfig),
  resourcePolicies: (signal?: AbortSignal) =>
    all<{ ResourcePolicies: ResourcePolicy[] } & Paged, ResourcePolicy>(
      'ListResourcePolicies',
      {},
      p => p.ResourcePolicies,
      signal,
    ),
  indexingRules: (signal?: AbortSignal) =>
    all<{ IndexingRules: IndexingRule[] } & Paged, IndexingRule>('GetIndexingRules', {}, p => p.IndexingRules, signal),

  /** Sends documents of segments, as JSON texts. */
  putSegments: (TraceSegmentDocuments: string[]) =>
    post<{ UnprocessedTraceSegments: { Id: string | null; ErrorCode: string; Message: string }[] }>('TraceSegments', {
      TraceSegmentDocuments,
    }),
};

/** Pages may cut a trace in two: puts the parts together again. */
function joinTraces(parts: TraceDocuments[]): TraceDocuments[] {
  const byId = new Map<string, TraceDocuments>();
  for (const part of parts) {
    const known = byId.get(part.Id);
    if (known) known.Segments.push(...part.Segments);
    else byId.set(part.Id, part);
  }
  return [...byId.values()];
}
