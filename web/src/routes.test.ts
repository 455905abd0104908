import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { table } from './routes';

it('the server answers every address of the console, and no other', () => {
  const served = readFileSync('routes.txt', 'utf8').trim().split('\n');
  const ours = table.flatMap(r => r.paths.map(p => p.replace(/:(\w+)/g, '{$1}')));
  expect(served.filter(p => p !== '/xray/home')).toEqual(ours);
});
