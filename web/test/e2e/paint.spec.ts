import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, visit } from './browser';
import { type Service, start, until } from './server';

let service: Service;
let browser: Browser;

beforeAll(async () => {
  service = await start();
  browser = await launch();
  await service.load(1500);
  await until(async () => {
    const now = Date.now() / 1000;
    const graph = await service.call<{ Services: object[] }>('ServiceGraph', { StartTime: now - 600, EndTime: now });
    return graph.Services.length > 4;
  });
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

const SLOWDOWN = 4;
const ROUNDS = 5;

/** Moments of a first visit, in milliseconds from the request of the page. */
async function moments(page: Page, path: string, usable: string): Promise<{ paint: number; usable: number }> {
  const slow = await page.context().newCDPSession(page);
  await slow.send('Network.setCacheDisabled', { cacheDisabled: true });
  await slow.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
  await page.goto(service.url + path, { waitUntil: 'commit' });
  const at = await page.evaluate(
    selector =>
      new Promise<number>(done => {
        const look = () => (document.querySelector(selector) ? done(performance.now()) : requestAnimationFrame(look));
        look();
      }),
    usable,
  );
  const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0);
  await slow.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  return { paint, usable: at };
}

const middle = (of: number[]) => Math.round(of.toSorted((a, b) => a - b)[of.length >> 1] ?? 0);

describe(`a first visit on a processor of a ${SLOWDOWN}th of the speed`, () => {
  it.each([
    ['map', '/map', '[data-node]'],
    ['traces', '/traces', '[role="grid"] [role="row"][aria-rowindex="2"]'],
  ])('is told: %s', async (name, path, usable) => {
    const found: { paint: number; usable: number }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { page, context } = await visit(browser, 'about:blank');
      found.push(await moments(page, path, usable));
      await context.close();
    }
    const paint = middle(found.map(f => f.paint));
    console.log(`${name}: first contentful paint ${paint} ms, usable ${middle(found.map(f => f.usable))} ms`);
    expect(paint).toBeGreaterThan(0);
  });
});
