import { describe, expect, it } from 'vitest';
import type { TraceSummary } from '../../api/shapes';
import { facets, knownOf } from '../../query/facets';
import { annotationsOf, ordered, pathOf, progressOf } from './rows';

function summary(change: Partial<TraceSummary>): TraceSummary {
  return {
    Id: '1-00000000-000000000000000000000000',
    StartTime: 0,
    Duration: null,
    ResponseTime: null,
    HasFault: false,
    HasError: false,
    HasThrottle: false,
    IsPartial: false,
    Http: { HttpURL: null, HttpStatus: null, HttpMethod: null, UserAgent: null, ClientIp: null },
    Annotations: {},
    Users: [],
    ServiceIds: [],
    ResourceARNs: [],
    InstanceIds: [],
    AvailabilityZones: [],
    EntryPoint: null,
    FaultRootCauses: [],
    ErrorRootCauses: [],
    ResponseTimeRootCauses: [],
    Revision: 1,
    MatchedEventTime: null,
    ...change,
  };
}

describe('rows', () => {
  const rows = [
    summary({ Id: 'a', ResponseTime: 1 }),
    summary({ Id: 'b', ResponseTime: 3 }),
    summary({ Id: 'c', HasFault: true }),
  ];
  const ids = (column: string, descending: boolean) => ordered(rows, { column, descending }).map(r => r.Id);
  it('are ordered, those without a value last', () => {
    expect(ids('response', true)).toEqual(['b', 'a', 'c']);
    expect(ids('outcome', true)).toEqual(['c', 'a', 'b']);
    expect(ids('start', true)).toEqual(['a', 'b', 'c']);
  });
  it('say how far they are', () => {
    const page = { TraceSummaries: rows, ApproximateTime: 75, TracesProcessedCount: 10, NextToken: 't' };
    expect(progressOf([page], { from: 0, to: 100_000 })).toEqual({
      scanned: 0.25,
      matched: 3,
      examined: 10,
      complete: false,
    });
    expect(progressOf([{ ...page, NextToken: null }], { from: 0, to: 100_000 }).scanned).toBe(1);
    expect(progressOf([], { from: 0, to: 100_000 }).scanned).toBe(0);
  });
  it('show the path of URLs', () => {
    expect(pathOf('http://a.b/c?d=1')).toBe('/c?d=1');
    expect(pathOf('queue')).toBe('queue');
  });
});

describe('facets', () => {
  const value = (v: string | number) => ({
    AnnotationValue: {
      StringValue: typeof v === 'string' ? v : null,
      NumberValue: typeof v === 'number' ? v : null,
      BooleanValue: null,
    },
    ServiceIds: null,
  });
  const rows = [
    summary({ Users: [{ UserName: 'a"b', ServiceIds: null }], Annotations: { 'app.v': [value('x')], n: [value(3)] } }),
    summary({
      ServiceIds: [
        { Name: 'web', Names: ['web'], AccountId: null, Type: 'client' },
        { Name: 'web', Names: ['web'], AccountId: null, Type: null },
      ],
      Annotations: { n: [value(3)] },
    }),
  ];
  it('count values and have their terms', () => {
    expect(facets(rows)).toEqual([
      { id: 'service', values: [{ value: 'web', count: 1, term: 'service("web")' }] },
      { id: 'user', values: [{ value: 'a"b', count: 1, term: 'user = "a\\"b"' }] },
      { id: 'annotation.app.v', values: [{ value: 'x', count: 1, term: 'annotation[app.v] = "x"' }] },
      { id: 'annotation.n', values: [{ value: '3', count: 2, term: 'annotation.n = 3' }] },
    ]);
    expect(annotationsOf(rows[1] as TraceSummary)).toEqual(['n=3']);
  });
  it('feed completion', () => {
    const known = knownOf(facets(rows), ['checkout']);
    expect(known.keys).toEqual(['app.v', 'n']);
    expect([...(known.values.get('group.name') ?? [])]).toEqual([['checkout', 0]]);
  });
});
