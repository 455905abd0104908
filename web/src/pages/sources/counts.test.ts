import { expect, it } from 'vitest';
import type { Sources } from '../../api/console';
import { drops, received, rejections } from './counts';

const intake = (protocol: string, rejected: { code: string; count: number }[]) =>
  ({ protocol, calls: 0, documents: 0, rejected }) as unknown as Sources['intakes'][number];

it('rejections are sorted over all protocols', () => {
  const s = { intakes: [intake('daemon', [{ code: 'b', count: 1 }]), intake('OTLP', [{ code: 'a', count: 2 }])] };
  expect(rejections(s as Sources).map(r => [r.protocol, r.code])).toEqual([
    ['OTLP', 'a'],
    ['daemon', 'b'],
  ]);
  expect(received(s as Sources)).toBe(true);
  expect(received({ intakes: [intake('OTLP', [])] } as unknown as Sources)).toBe(false);
});

it('only drops that happened are told', () => {
  expect(drops({ kernel: 0, queueFull: 2, failed: 5 })).toEqual([
    ['failed', 5],
    ['queueFull', 2],
  ]);
});
