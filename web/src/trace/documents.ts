import type { TraceDocuments } from '../api/shapes';
import { type Outcome, outcomeOf } from '../ui/outcome';

/** A segment or subsegment as its document has it; the members that the console reads. */
export interface SegmentDocument {
  id?: string;
  name?: string;
  start_time?: number;
  end_time?: number;
  in_progress?: boolean;
  parent_id?: string;
  origin?: string;
  namespace?: string;
  inferred?: boolean;
  fault?: boolean;
  error?: boolean;
  throttle?: boolean;
  http?: { request?: Record<string, unknown>; response?: { status?: number } & Record<string, unknown> };
  subsegments?: SegmentDocument[];
  [member: string]: unknown;
}

/** One line of a timeline: a segment or subsegment in its place. Times are seconds since 1970. */
export interface Entity {
  id: string;
  name: string;
  depth: number;
  start: number;
  /** Undefined while it is in progress. */
  end: number | undefined;
  outcome: Outcome;
  inferred: boolean;
  /** The segment that it belongs to. */
  segment: string;
  isSegment: boolean;
  document: SegmentDocument;
}

/** Parses the documents of a trace; those that are no JSON are left out. */
export function parseDocuments(trace: TraceDocuments): SegmentDocument[] {
  return trace.Segments.flatMap(s => {
    try {
      return [JSON.parse(s.Document) as SegmentDocument];
    } catch {
      return [];
    }
  });
}

export function entityOutcome(d: SegmentDocument): Outcome {
  const status = d.http?.response?.status ?? 0;
  return outcomeOf({
    throttle: d.throttle === true || status === 429,
    fault: d.fault === true || (status >= 500 && status < 600),
    error: d.error === true || (status >= 400 && status < 500),
  });
}

/**
 * All segments and subsegments in call order: nested ones below their parent, segments below the
 * call that they answer, and by start among siblings. What has no parent in the trace is at the top.
 */
export function entities(documents: readonly SegmentDocument[]): Entity[] {
  const children = new Map<string, SegmentDocument[]>();
  const ids = new Set<string>();
  const collect = (d: SegmentDocument) => {
    if (d.id) ids.add(d.id);
    d.subsegments?.forEach(collect);
  };
  documents.forEach(collect);
  const roots: SegmentDocument[] = [];
  for (const d of documents) {
    const parent = d.parent_id;
    if (parent && parent !== d.id && ids.has(parent)) children.set(parent, [...(children.get(parent) ?? []), d]);
    else roots.push(d);
  }
  const rows: Entity[] = [];
  const seen = new Set<SegmentDocument>();
  const byStart = (a: SegmentDocument, b: SegmentDocument) => (a.start_time ?? 0) - (b.start_time ?? 0);
  const visit = (d: SegmentDocument, depth: number, segment: string, isSegment: boolean) => {
    if (seen.has(d)) return;
    seen.add(d);
    const id = d.id ?? '';
    const owner = isSegment ? id : segment;
    rows.push({
      id,
      name: d.name ?? '',
      depth,
      start: d.start_time ?? 0,
      end: d.in_progress ? undefined : d.end_time,
      outcome: entityOutcome(d),
      inferred: d.inferred === true,
      segment: owner,
      isSegment,
      document: d,
    });
    for (const s of [...(d.subsegments ?? [])].sort(byStart)) visit(s, depth + 1, owner, false);
    for (const s of [...(children.get(id) ?? [])].sort(byStart)) visit(s, depth + 1, owner, s.type !== 'subsegment');
  };
  for (const root of roots.sort(byStart)) visit(root, 0, '', true);
  // Documents that are each other's parents hang from no root.
  for (const d of documents) visit(d, 0, '', true);
  return rows;
}
