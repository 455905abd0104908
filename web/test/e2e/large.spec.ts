import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, launch, picture, visit } from './browser';
import { crowd, nodesOf } from './crowd';
import { type Service, start, until } from './server';

let browser: Browser;
const services: Service[] = [];

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await Promise.all(services.map(s => s.stop()));
});

async function crowded(count: number, stores: number): Promise<Service> {
  const service = await start();
  services.push(service);
  await crowd(service, count, stores);
  await until(async () => (await nodesOf(service)) >= count * (1 + stores));
  return service;
}

const node = '[data-node]';

async function drawn(page: Page): Promise<number> {
  await page.waitForSelector(node);
  await page.waitForSelector('html[data-busy="false"]');
  return page.locator(node).count();
}

/** Pairs of words on the map that lie on one another: names, types and what stands at edges. */
function collisions(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const words = [...document.querySelectorAll<SVGTextElement>('[data-testid="map"] text')].filter(
      t => t.closest('[data-far], [data-node] > text, [data-edge-label]') && getComputedStyle(t).display !== 'none',
    );
    const of = (t: Element) => t.closest('[data-node], [data-edge-label]');
    const boxes = words.map(t => ({ t, b: t.getBoundingClientRect() })).filter(({ b }) => b.width > 0);
    const found: string[] = [];
    boxes.forEach(({ t, b }, i) => {
      for (const { t: u, b: c } of boxes.slice(i + 1)) {
        // The rectangle of a line is higher than its letters.
        const gap = 2;
        const apart =
          b.right - gap <= c.left || c.right - gap <= b.left || b.bottom - gap <= c.top || c.bottom - gap <= b.top;
        if (!apart && (of(t) !== of(u) || of(t) === null)) found.push(`${t.textContent} / ${u.textContent}`);
      }
    });
    return found;
  });
}

/** What the page cost so far, in milliseconds of the processor. */
async function costs(session: CDPSession): Promise<string> {
  const { metrics } = await session.send('Performance.getMetrics');
  const of = (name: string) => Math.round((metrics.find(m => m.name === name)?.value ?? 0) * 1000);
  return `script ${of('ScriptDuration')} ms, style ${of('RecalcStyleDuration')} ms, layout ${of('LayoutDuration')} ms`;
}

/** Opens the map and tells how long it took. */
async function timed(page: Page, service: Service, path: string, least: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const begun = Date.now();
  let answered = 0;
  page.on('response', r => {
    if (/console\/v1\/graph/.test(r.url())) answered = Date.now();
  });
  await page.goto(service.url + path, { waitUntil: 'commit' });
  await page.waitForFunction(n => document.querySelectorAll('[data-node]').length >= n, least, { polling: 20 });
  const nodes = await drawn(page);
  console.log(
    `${path}: ${nodes} nodes ${Date.now() - begun} ms after the address, ${Date.now() - answered} ms after the answer; ${await costs(session)}`,
  );
}

describe('a map of 440 nodes', () => {
  let service: Service;
  beforeAll(async () => {
    service = await crowded(110, 3);
  });

  it('folds the stores of each service, and unfolds them', async () => {
    const { page, complaints } = await visit(browser, `${service.url}/settings`);
    await timed(page, service, '/map', 200);
    const nodes = await page.locator(node).count();
    expect(nodes).toBeLessThan(240);
    await page.getByText(/leaf stores and remote services are drawn as/).waitFor();
    await picture(page, 'large-folded');
    await accessible(page);
    expect(await collisions(page)).toEqual([]);
    const fold = page.locator('[data-bundle="stores"]').first();
    expect(await fold.textContent()).toContain('3 stores');
    await fold.focus();
    await page.keyboard.press('x');
    await page.waitForURL(/open=/);
    await until(async () => (await page.locator(node).count()) === nodes + 2);
    await page.getByRole('button', { name: '1 unfolded' }).click();
    await until(async () => (await page.locator(node).count()) === nodes);
    const other = page.locator('[data-bundle="stores"]').nth(3);
    await other.dispatchEvent('click');
    await until(async () => (await page.locator(node).count()) === nodes + 2);
    await page.getByRole('button', { name: 'Unfold all' }).click();
    await until(async () => (await page.locator(node).count()) >= 440);
    await picture(page, 'large-unfolded');
    expect(complaints).toEqual([]);
  });

  it('has no words on one another at any zoom', async () => {
    const { page } = await visit(browser, `${service.url}/map?fold=off`);
    await drawn(page);
    for (let step = 0; step < 9; step++) {
      const names = await page.locator('[data-node][data-named]').count();
      const zoom = await page.evaluate(() => {
        const layer = document.querySelector('[data-testid="map"] > div');
        return layer ? new DOMMatrix(getComputedStyle(layer).transform).a : 0;
      });
      console.log(`zoom ${zoom.toFixed(2)}: ${names} of 441 names`);
      expect(await collisions(page)).toEqual([]);
      if (step === 5) await picture(page, 'large-zoomed');
      await page.keyboard.press('+');
    }
  });

  it('does not move while nothing changes', async () => {
    const { page } = await visit(browser, `${service.url}/map`);
    await drawn(page);
    const places = () =>
      page.evaluate(() =>
        Object.fromEntries(
          [...document.querySelectorAll<SVGGElement>('[data-node]')].map(n => {
            const { x, y } = n.getBoundingClientRect();
            return [n.dataset.node, `${Math.round(x)} ${Math.round(y)}`];
          }),
        ),
      );
    await page.waitForSelector('.cm-editor');
    await page.evaluate(() => {
      const seen = globalThis as unknown as { shifts: number };
      seen.shifts = 0;
      new PerformanceObserver(list => {
        for (const e of list.getEntries() as unknown as { value: number }[]) seen.shifts += e.value;
      }).observe({ type: 'layout-shift', buffered: false });
    });
    const before = await places();
    for (let round = 0; round < 4; round++) {
      const answer = page.waitForResponse(r => /console\/v1\/graph/.test(r.url()));
      // The mouse stays away: its hints are no part of the map.
      await page.keyboard.press('r');
      await answer;
      await drawn(page);
      const after = await places();
      expect(Object.keys(after).filter(key => after[key] !== before[key])).toEqual([]);
    }
    const shifts = await page.evaluate(() => (globalThis as unknown as { shifts: number }).shifts);
    console.log(`4 refreshes: cumulative layout shift ${shifts}, 0 of ${Object.keys(before).length} nodes moved`);
    expect(shifts).toBe(0);
  });
});

describe('a map of 1000 nodes', () => {
  let service: Service;
  beforeAll(async () => {
    service = await crowded(250, 3);
  });

  it.each(['light', 'dark'] as const)('opens around the worst node: %s', async theme => {
    const { page, complaints } = await visit(browser, `${service.url}/settings`, { theme });
    await timed(page, service, '/map', 5);
    const nodes = await page.locator(node).count();
    expect(nodes).toBeLessThan(60);
    await page.getByText(/drawn is what is around service-7,/).waitFor();
    expect((await page.getByTestId('map').boundingBox())?.height).toBeGreaterThan(200);
    const table = page.getByRole('region', { name: 'Table' }).getByRole('grid', { name: 'Nodes' });
    expect(Number(await table.getAttribute('aria-rowcount'))).toBeGreaterThan(1000);
    await picture(page, `large-focus-${theme}`);
    await accessible(page);
    expect(await collisions(page)).toEqual([]);
    await page.getByRole('button', { name: 'More calls around it' }).click();
    await page.waitForURL(/depth=3/);
    await until(async () => (await page.locator(node).count()) > nodes);
    await table.focus();
    await page.keyboard.press('Home');
    await table.locator('[role="row"][aria-rowindex="2"][aria-selected="true"]').waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(u => !u.searchParams.get('focus')?.startsWith('service-7|'));
    await page.getByRole('button', { name: 'Hide the table' }).click();
    await table.waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  });

  it('is drawn as a whole when asked', async () => {
    const { page } = await visit(browser, `${service.url}/map`);
    await drawn(page);
    await page.getByRole('button', { name: 'Draw all' }).click();
    await page.waitForURL(/all=1/);
    await until(async () => (await page.locator(node).count()) >= 500);
    await picture(page, 'large-all');
    expect(await collisions(page)).toEqual([]);
    await timed(page, service, '/map?all=1&fold=off', 1000);
    await page.getByRole('button', { name: 'Draw less' }).click();
    await page.getByText(/drawn is what is around/).waitFor();
  });
});
