// The shapes of X-Ray's API (2016-04-12) as this service writes them: every member is there,
// null when it has no value. Times are seconds since 1970.

export interface ServiceId {
  Name: string;
  Names: string[];
  AccountId: string | null;
  Type: string | null;
}

export interface AnnotationValue {
  NumberValue: number | null;
  BooleanValue: boolean | null;
  StringValue: string | null;
}

export interface RootCauseException {
  Name: string;
  Message: string;
}

export interface RootCauseEntity {
  Name: string;
  Remote: boolean;
  Exceptions?: RootCauseException[];
  Coverage?: number;
}

export interface RootCauseService extends ServiceId {
  Inferred: boolean;
  EntityPath: RootCauseEntity[];
}

export interface RootCause {
  ClientImpacting: boolean;
  Services: RootCauseService[];
}

export interface TraceSummary {
  Id: string;
  StartTime: number;
  Duration: number | null;
  ResponseTime: number | null;
  HasFault: boolean;
  HasError: boolean;
  HasThrottle: boolean;
  IsPartial: boolean;
  Http: {
    HttpURL: string | null;
    HttpStatus: number | null;
    HttpMethod: string | null;
    UserAgent: string | null;
    ClientIp: string | null;
  };
  Annotations: Record<string, { AnnotationValue: AnnotationValue; ServiceIds: ServiceId[] | null }[]>;
  Users: { UserName: string; ServiceIds: ServiceId[] | null }[];
  ServiceIds: ServiceId[];
  ResourceARNs: { ARN: string }[];
  InstanceIds: { Id: string }[];
  AvailabilityZones: { Name: string }[];
  EntryPoint: ServiceId | null;
  FaultRootCauses: RootCause[];
  ErrorRootCauses: RootCause[];
  ResponseTimeRootCauses: RootCause[];
  Revision: number;
  MatchedEventTime: number | null;
}

export interface TraceSummariesRequest {
  StartTime: number;
  EndTime: number;
  TimeRangeType?: 'TraceId' | 'Event' | 'Service';
  Sampling?: boolean;
  SamplingStrategy?: { Name: 'PartialScan' | 'FixedRate'; Value: number };
  FilterExpression?: string;
  NextToken?: string;
}

export interface TraceSummariesPage {
  TraceSummaries: TraceSummary[];
  ApproximateTime: number;
  TracesProcessedCount: number;
  NextToken: string | null;
}

export interface TraceDocuments {
  Id: string;
  Duration: number | null;
  LimitExceeded: boolean;
  Segments: { Id: string; Document: string }[];
}

export interface Statistics {
  OkCount: number;
  ErrorStatistics: { ThrottleCount: number; OtherCount: number; TotalCount: number };
  FaultStatistics: { OtherCount: number; TotalCount: number };
  TotalCount: number;
  TotalResponseTime: number;
}

export interface HistogramEntry {
  Value: number;
  Count: number;
}

export interface GraphEdge {
  ReferenceId: number;
  StartTime: number | null;
  EndTime: number | null;
  SummaryStatistics: Statistics | null;
  ResponseTimeHistogram: HistogramEntry[];
  Aliases: { Name: string; Names: string[]; Type: string }[];
  EdgeType: string | null;
  ReceivedEventAgeHistogram: HistogramEntry[];
}

export interface GraphNode {
  ReferenceId: number;
  Name: string;
  Names: string[];
  Root: boolean | null;
  AccountId: string | null;
  Type: string | null;
  State: string;
  StartTime: number | null;
  EndTime: number | null;
  Edges: GraphEdge[];
  SummaryStatistics: Statistics | null;
  DurationHistogram: HistogramEntry[];
  ResponseTimeHistogram: HistogramEntry[];
}

export interface ServiceGraph {
  StartTime: number | null;
  EndTime: number | null;
  Services: GraphNode[];
  ContainsOldGroupVersions: boolean;
  NextToken: string | null;
}

export interface TimeSeriesPoint {
  Timestamp: number;
  EdgeSummaryStatistics: Statistics | null;
  ServiceSummaryStatistics: Statistics | null;
  ServiceForecastStatistics: { FaultCountLow: number | null; FaultCountHigh: number | null } | null;
  ResponseTimeHistogram: HistogramEntry[];
}

export interface Group {
  GroupName: string;
  GroupARN: string;
  FilterExpression: string | null;
  InsightsConfiguration: { InsightsEnabled: boolean | null; NotificationsEnabled: boolean | null } | null;
}

export interface Tag {
  Key: string;
  Value: string;
}

export interface SamplingRule {
  RuleName: string;
  RuleARN: string | null;
  Priority: number;
  FixedRate: number;
  ReservoirSize: number;
  ServiceName: string;
  ServiceType: string;
  Host: string;
  HTTPMethod: string;
  URLPath: string;
  ResourceARN: string;
  Version: number;
  Attributes: Record<string, string>;
  SamplingRateBoost?: { MaxRate: number; CooldownWindowMinutes: number };
}

export interface SamplingRuleRecord {
  SamplingRule: SamplingRule;
  CreatedAt: number;
  ModifiedAt: number;
}

export interface SamplingStatistics {
  RuleName: string;
  Timestamp: number;
  RequestCount: number;
  BorrowCount: number;
  SampledCount: number;
}

export interface ImpactStatistics {
  FaultCount: number;
  OkCount: number;
  TotalCount: number;
}

export interface Insight {
  InsightId: string;
  GroupARN: string;
  GroupName: string;
  RootCauseServiceId: ServiceId;
  Categories: string[];
  State: 'ACTIVE' | 'CLOSED';
  StartTime: number;
  EndTime: number | null;
  Summary: string;
  ClientRequestImpactStatistics: ImpactStatistics;
  RootCauseServiceRequestImpactStatistics: ImpactStatistics;
  TopAnomalousServices: { ServiceId: ServiceId }[];
  LastUpdateTime?: number;
}

export interface InsightEvent {
  Summary: string;
  EventTime: number;
  ClientRequestImpactStatistics: ImpactStatistics;
  RootCauseServiceRequestImpactStatistics: ImpactStatistics;
  TopAnomalousServices: { ServiceId: ServiceId }[];
}

export interface InsightImpactGraph {
  InsightId: string;
  StartTime: number;
  EndTime: number;
  ServiceGraphStartTime: number;
  ServiceGraphEndTime: number;
  Services: {
    ReferenceId: number;
    Type: string | null;
    Name: string;
    Names: string[];
    AccountId: string | null;
    Edges: { ReferenceId: number }[];
  }[];
  NextToken: string | null;
}

export interface EncryptionConfig {
  KeyId: string | null;
  Status: 'UPDATING' | 'ACTIVE';
  Type: 'NONE' | 'KMS';
}

export interface ResourcePolicy {
  PolicyName: string;
  PolicyDocument: string;
  PolicyRevisionId: string;
  LastUpdatedTime: number;
}

export interface IndexingRule {
  Name: string;
  ModifiedAt: number;
  Rule: { Probabilistic: { DesiredSamplingPercentage: number; ActualSamplingPercentage: number } };
}
