import { describe, expect, it } from 'vitest';
import type { GraphNode, ServiceGraph } from '../api/shapes';
import { mermaid } from './exports';
import { parseFind } from './find';
import { kindOf } from './icons';
import { edgeKey, keyOf, type MapNode, mapOf, reach, step, worst, worstNode } from './model';
import { fitting, opening, zoomed } from './useView';

function service(ReferenceId: number, Name: string, Type: string | null, to: number[], faults = 0): GraphNode {
  const SummaryStatistics = {
    OkCount: 100 - faults,
    ErrorStatistics: { ThrottleCount: 0, OtherCount: 0, TotalCount: 0 },
    FaultStatistics: { OtherCount: faults, TotalCount: faults },
    TotalCount: 100,
    TotalResponseTime: 20,
  };
  const ResponseTimeHistogram = [
    { Value: 0.9, Count: 10 },
    { Value: 0.1, Count: 90 },
  ];
  return {
    ReferenceId,
    Name,
    Names: [Name],
    Root: ReferenceId === 0,
    AccountId: null,
    Type,
    State: 'active',
    StartTime: 0,
    EndTime: 600,
    SummaryStatistics: Type === 'client' ? null : SummaryStatistics,
    DurationHistogram: [],
    ResponseTimeHistogram,
    Edges: to.map(ReferenceId => ({
      ReferenceId,
      StartTime: 0,
      EndTime: 600,
      SummaryStatistics,
      ResponseTimeHistogram,
      Aliases: [],
      EdgeType: null,
      ReceivedEventAgeHistogram: [],
    })),
  };
}

const answer: ServiceGraph = {
  StartTime: 0,
  EndTime: 600,
  ContainsOldGroupVersions: false,
  NextToken: null,
  Services: [
    service(0, 'shop', 'client', [1]),
    service(1, 'shop', null, [2, 3]),
    service(2, 'pay|ments', 'AWS::ECS::Container', [], 5),
    service(3, 'table', 'AWS::DynamoDB::Table', []),
  ],
};
const graph = mapOf(answer, 10);
const found = (typed: string) => graph.nodes.filter(parseFind(typed) ?? (() => false)).map(n => n.id.name);

describe('the map of an answer', () => {
  it('has keys that do not depend on references', () => {
    expect(graph.nodes.map(n => n.key)).toEqual([
      'shop|client',
      'shop',
      'pay%7Cments|AWS::ECS::Container',
      'table|AWS::DynamoDB::Table',
    ]);
    expect(graph.edges[0]?.key).toBe(edgeKey('shop|client', 'shop'));
    expect(keyOf({ name: 'a', type: null, account: '1' })).toBe('a||1');
  });

  it('has rates, averages and what is wrong', () => {
    const pay = graph.nodes[2] as MapNode;
    expect([pay.perMinute, pay.average]).toEqual([10, 0.2]);
    expect(worst(pay)).toEqual({ outcome: 'fault', share: 0.05 });
    expect(worstNode(graph)?.key).toBe(pay.key);
  });

  it('is walked along its edges', () => {
    expect(reach(graph, 'shop', 'down').size).toBe(3);
    expect(reach(graph, 'table|AWS::DynamoDB::Table', 'up').size).toBe(3);
    expect(reach(graph, 'shop|client', 'both', 1).size).toBe(2);
    expect(step(graph, {}, 'shop|client', 'ArrowRight')).toBe('shop');
    expect(step(graph, {}, 'shop', 'ArrowLeft')).toBe('shop|client');
  });

  it('is written as Mermaid', () => {
    expect(mermaid(graph, n => `${n}/min`)).toContain('n1 -->|"10/min"| n2');
  });
});

describe('the find field', () => {
  it.each([
    ['pay', ['pay|ments']],
    ['dynamo', ['table']],
    ['type = AWS::DynamoDB::Table', ['table']],
    ['fault > 1%', ['pay|ments']],
    ['p95 > 500ms and name contains shop', ['shop', 'shop']],
    ['traffic < 1/min', ['shop']],
    ['average >= 0.3 s', []],
  ])('reads %s', (typed, names) => {
    expect(found(typed)).toEqual(names);
  });

  it('says when it makes no sense', () => {
    expect(parseFind('fault > often')).toBeUndefined();
    expect(parseFind('name > 3')).toBeUndefined();
    expect(parseFind('  ')).toBeNull();
  });
});

describe('the view', () => {
  const screen = { width: 800, height: 600 };
  it('shows all, and keeps the point under the pointer', () => {
    const v = fitting({ x: -100, y: 0, width: 4000, height: 1000 }, screen);
    expect(v.k).toBeLessThan(0.2);
    expect(v.x - 100 * v.k).toBeCloseTo(24);
    const z = zoomed(v, 2, { x: 300, y: 200 });
    expect((300 - z.x) / z.k).toBeCloseTo((300 - v.x) / v.k);
  });

  it('opens on a small screen with names', () => {
    expect(opening({ x: 0, y: 0, width: 4000, height: 900 }, { width: 360, height: 500 }).k).toBe(0.5);
  });
});

it('knows what kind of thing a type is', () => {
  expect(['AWS::Lambda::Function', 'AWS::SQS::Queue', 'Database::SQL', 'remote', null].map(kindOf)).toEqual([
    'function',
    'queue',
    'database',
    'remote',
    'service',
  ]);
});
