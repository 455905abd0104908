import { expect, it } from 'vitest';
import { oneInOf, waiting } from './queue';

const rows = (...ids: string[]) => ids.map(Id => ({ Id }));

it('counts what arrived since', () => {
  expect(waiting(rows('c', 'b', 'a'), rows('a'))).toBe(2);
  expect(waiting(rows('a'), rows('a'))).toBe(0);
  expect(waiting(rows('b', 'a'), [])).toBe(2);
  expect(waiting(rows('z'), rows('a'))).toBe(1);
});

it('knows the share that is sent', () => {
  expect(oneInOf({ matched: 160, sent: 20 })).toBe(8);
  expect(oneInOf({ matched: 0, sent: 0 })).toBe(1);
});
