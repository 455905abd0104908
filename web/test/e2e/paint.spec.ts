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

/**
 * What a first visit takes of the processor, in milliseconds of the main thread until the page is usable. It is the
 * same on a busy machine, so it tells more than the moments there.
 */
async function work(page: Page, path: string, usable: string): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.goto(service.url + path, { waitUntil: 'commit' });
  await page.locator(usable).first().waitFor();
  const { metrics } = await session.send('Performance.getMetrics');
  return (metrics.find(m => m.name === 'TaskDuration')?.value ?? 0) * 1000;
}

const middle = (of: number[]) => Math.round(of.toSorted((a, b) => a - b)[of.length >> 1] ?? 0);

describe(`a first visit on a processor of a ${SLOWDOWN}th of the speed`, () => {
  it.each([
    ['map', '/map', '[data-node]'],
    ['traces', '/traces', '[role="grid"] [role="row"][aria-rowindex="2"]'],
  ])('is told: %s', async (name, path, usable) => {
    const found: { paint: number; usable: number; work: number; requests: number }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const slow = await visit(browser, 'about:blank');
      const seen = await moments(slow.page, path, usable);
      await slow.context.close();
      const { page, context } = await visit(browser, 'about:blank');
      let requests = 0;
      page.on('request', () => requests++);
      found.push({ ...seen, work: await work(page, path, usable), requests });
      await context.close();
    }
    const of = (key: keyof (typeof found)[number]) => middle(found.map(f => f[key]));
    console.log(
      `${name}: first contentful paint ${of('paint')} ms, usable ${of('usable')} ms; ` +
        `${of('work')} ms of the processor at full speed, that is ${SLOWDOWN * of('work')} ms; ${of('requests')} requests`,
    );
    expect(of('paint')).toBeGreaterThan(0);
    // What is fetched one by one delays the first paint on every machine.
    expect(of('requests')).toBeLessThan(20);
  });
});
