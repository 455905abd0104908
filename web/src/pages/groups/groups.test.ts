import { expect, it } from 'vitest';
import type { Group } from '../../api/shapes';
import { copyName, dependents, draftOf, nameFault, tagChange, tagsOf } from './groups';

const group = (GroupName: string, FilterExpression: string | null): Group => ({
  GroupName,
  GroupARN: `arn:aws:xray:us-east-1:000000000000:group/${GroupName}/X`,
  FilterExpression,
  InsightsConfiguration: null,
});

it('drafts have what a group has', () => {
  expect(draftOf(group('slow', 'responsetime > 5'), 'slow', [{ Key: 'a', Value: '1' }])).toEqual({
    name: 'slow',
    expression: 'responsetime > 5',
    insights: false,
    notifications: false,
    tags: 'a=1',
  });
});

it('names are there, new and short', () => {
  expect(nameFault(' ', [])).toBe('required');
  expect(nameFault('Default', [])).toBe('taken');
  expect(nameFault('x'.repeat(33), [])).toBe('long');
  expect(nameFault('slow', [])).toBeUndefined();
  expect(copyName('slow', ['slow-2'])).toBe('slow-3');
  expect(copyName('x'.repeat(32), []).length).toBeLessThanOrEqual(32);
});

it('tags are lines', () => {
  expect(tagsOf('team = pay\n\nurl=a=b')).toEqual([
    { Key: 'team', Value: 'pay' },
    { Key: 'url', Value: 'a=b' },
  ]);
  expect(tagsOf('=x')).toBeUndefined();
  expect(
    tagChange(
      [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '1' },
      ],
      [{ Key: 'a', Value: '2' }],
    ),
  ).toEqual({
    put: [{ Key: 'a', Value: '2' }],
    remove: ['b'],
  });
});

it('dependents name the group', () => {
  const slow = group('slow', 'responsetime > 5');
  const all = [slow, group('a', 'group.name = "slow" AND fault'), group('b', 'user = "slow"'), group('c', null)];
  expect(dependents(slow, all)).toEqual(['a']);
});
