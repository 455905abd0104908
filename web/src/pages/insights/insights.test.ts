import { describe, expect, it } from 'vitest';
import type { Group, Insight, TimeSeriesPoint } from '../../api/shapes';
import {
  above,
  around,
  band,
  draw,
  graphWindow,
  isService,
  lengthOf,
  most,
  type Point,
  points,
  watched,
} from './insights';

const group = (GroupName: string, InsightsEnabled: boolean | null): Group => ({
  GroupName,
  GroupARN: GroupName,
  FilterExpression: null,
  InsightsConfiguration: InsightsEnabled === null ? null : { InsightsEnabled, NotificationsEnabled: false },
});

const point = (minute: number, faults: number, expected?: { low: number; high: number }): Point => ({
  from: minute * 60_000,
  to: (minute + 1) * 60_000,
  faults,
  total: 100,
  expected,
});

describe('watched', () => {
  const groups = [group('Default', false), group('a', true), group('b', null), group('c', true)];
  it('is what has insights enabled', () => expect(watched(undefined, groups)).toEqual(['a', 'c']));
  it('is the chosen group, whatever it has', () => expect(watched('b', groups)).toEqual(['b']));
});

describe('windows', () => {
  const insight = (EndTime: number | null) => ({ StartTime: 600, EndTime }) as Insight;
  it('end now while the insight is active', () => {
    expect(lengthOf(insight(null), 1_000_000)).toEqual({ from: 600_000, to: 1_000_000 });
    expect(lengthOf(insight(900), 9_000_000)).toEqual({ from: 600_000, to: 900_000 });
    expect(lengthOf(insight(null), 0)).toEqual({ from: 600_000, to: 660_000 });
  });
  it('have time around them, whole minutes, not the future', () => {
    expect(around({ from: 6_000_000, to: 6_600_000 }, 6_700_000)).toEqual({ from: 5_100_000, to: 6_720_000 });
  });
  it('of the graph are bounded', () => {
    const hours = 3_600_000;
    expect(graphWindow({ from: 0, to: 10 * hours }, undefined)).toEqual({ from: 4 * hours, to: 10 * hours });
    expect(graphWindow({ from: 0, to: 10 * hours }, hours)).toEqual({ from: hours - 300_000, to: hours });
  });
});

describe('points', () => {
  const item = (Timestamp: number, high: number | null): TimeSeriesPoint => ({
    Timestamp,
    EdgeSummaryStatistics: null,
    ServiceSummaryStatistics: {
      OkCount: 7,
      ErrorStatistics: { ThrottleCount: 0, OtherCount: 0, TotalCount: 0 },
      FaultStatistics: { OtherCount: 3, TotalCount: 3 },
      TotalCount: 10,
      TotalResponseTime: 1,
    },
    ServiceForecastStatistics: { FaultCountLow: high === null ? null : 0, FaultCountHigh: high },
    ResponseTimeHistogram: [],
  });
  it('are sorted and know what was expected', () => {
    const all = points([item(180, null), item(120, 2)], 60);
    expect(all.map(p => [p.from, p.to, p.faults, p.total, p.expected])).toEqual([
      [60_000, 120_000, 3, 10, { low: 0, high: 2 }],
      [120_000, 180_000, 3, 10, undefined],
    ]);
    expect(all.map(above)).toEqual([true, false]);
  });
});

describe('the chart', () => {
  it('ends at a round number', () => {
    expect(most([])).toBe(1);
    expect(most([point(0, 3), point(1, 0, { low: 0, high: 12 })])).toBe(20);
    expect(most([point(0, 60)])).toBe(100);
  });
  it('has a part of the band for each stretch that is known', () => {
    const w = { from: 0, to: 240_000 };
    const all = [point(0, 0, { low: 0, high: 5 }), point(1, 0), point(2, 0, { low: 5, high: 10 })];
    expect(band(all, w, 10, 400, 100)).toBe('M0 50L100 50L100 100L0 100zM200 0L300 0L300 50L200 50z');
    expect(band([], w, 10, 400, 100)).toBe('');
  });
});

describe('the impact graph', () => {
  const service = (ReferenceId: number, Name: string, ...calls: number[]) => ({
    ReferenceId,
    Name,
    Names: [Name],
    Type: null,
    AccountId: null,
    Edges: calls.map(id => ({ ReferenceId: id })),
  });
  it('has a place for each service', () => {
    const d = draw([service(0, 'web', 1), service(1, 'pay'), service(2, 'mail', 9)]);
    expect(d.calls).toEqual([[0, 1]]);
    expect(d.places.get(1)?.column).toBe(1);
  });
  it('knows services by all of their id', () => {
    expect(isService(service(0, 'web'), { Name: 'web', Type: null, AccountId: null })).toBe(true);
    expect(isService(service(0, 'web'), { Name: 'web', Type: 'client', AccountId: null })).toBe(false);
  });
});
