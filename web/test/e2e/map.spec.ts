import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, fits, launch, picture, visit } from './browser';
import { type Service, start, until } from './server';

let service: Service;
let browser: Browser;

beforeAll(async () => {
  service = await start();
  browser = await launch();
  await service.load(1500);
  await until(async () => {
    const now = Date.now() / 1000;
    const graph = await service.call<{ Services: { Name: string }[] }>('ServiceGraph', {
      StartTime: now - 600,
      EndTime: now,
    });
    return graph.Services.length > 4;
  });
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

const node = '[data-node]';

async function drawn(page: Page): Promise<void> {
  await page.waitForSelector(node);
  await page.waitForSelector('html[data-busy="false"]');
}

describe('the trace map', () => {
  it('is the first page, and nothing is wrong with it', async () => {
    const { page, complaints } = await visit(browser, `${service.url}/`);
    await drawn(page);
    expect(new URL(page.url()).pathname).toBe('/map');
    expect(await page.locator(node).count()).toBeGreaterThan(4);
    await page.waitForSelector('.cm-editor');
    await picture(page, 'map-light');
    await fits(page);
    await accessible(page);
    expect(complaints).toEqual([]);
  });

  it.each([
    ['dark', { theme: 'dark' }],
    ['contrast', { theme: 'contrast' }],
    ['ja', { language: 'ja' }],
    ['narrow', { width: 360, height: 740 }],
    ['narrow-ja', { width: 360, height: 740, language: 'ja', theme: 'dark' }],
  ] as const)('looks right: %s', async (name, view) => {
    const { page, complaints } = await visit(browser, `${service.url}/map`, view);
    await drawn(page);
    await page.waitForSelector('.cm-editor');
    await picture(page, `map-${name}`);
    await fits(page);
    await accessible(page);
    await page.goto(`${service.url}/map?view=table`);
    await page.waitForSelector('[role="grid"] [role="row"][aria-rowindex="2"]');
    await picture(page, `map-table-${name}`);
    await fits(page);
    await accessible(page);
    expect(complaints).toEqual([]);
  });

  it('leads from a node to its traces', async () => {
    const { page, complaints } = await visit(browser, `${service.url}/map`);
    await drawn(page);
    await page.locator('[data-node^="payments"]').first().click();
    await page.waitForURL(/node=payments/);
    const panel = page.getByRole('complementary', { name: 'payments' });
    await panel.getByText('Response times').first().waitFor();
    await picture(page, 'map-node');
    await accessible(page);
    const field = panel.getByLabel('Response times: Selection');
    await field.fill('1 ms – 10 s');
    await field.press('Enter');
    await panel.getByText(/responsetime >= 0.001 AND responsetime <= 10/).waitFor();
    for (const tab of ['Over time', 'Calls', 'Operations']) {
      await panel.getByRole('tab', { name: tab }).click();
      await page.waitForSelector('html[data-busy="false"]');
      await panel.locator('table, figure').first().waitFor();
      await picture(page, `map-node-${tab.toLowerCase().replace(' ', '-')}`);
      await accessible(page);
    }
    await panel.getByRole('button', { name: 'View traces' }).click();
    await page.waitForURL(/\/traces\?from=.*q=service/);
    await page.waitForSelector('[role="grid"] [role="row"][aria-rowindex="2"]');
    expect(complaints).toEqual([]);
  });

  it('is usable with the keyboard alone', async () => {
    const { page } = await visit(browser, `${service.url}/map`);
    await drawn(page);
    const before = await page.locator(node).count();
    await page.keyboard.press('b');
    await page.waitForURL(/node=/);
    const worst = new URL(page.url()).searchParams.get('node');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Enter');
    await page.waitForURL(u => u.searchParams.get('node') !== worst);
    await page.keyboard.press('u');
    await page.waitForURL(/path=up/);
    await picture(page, 'map-upstream');
    await page.keyboard.press('Escape');
    await page.waitForURL(u => !u.searchParams.has('path'));
    await page.keyboard.press('f');
    await page.waitForURL(/focus=/);
    await picture(page, 'map-focus');
    await page.keyboard.press('f');
    await page.waitForURL(u => !u.searchParams.has('focus'));
    await until(async () => (await page.locator(node).count()) >= before);
    await page.keyboard.press('h');
    await page.waitForURL(/hide=/);
    await page.getByText(/^1 hidden$/).waitFor();
    await page.keyboard.press('v');
    await page.waitForURL(/view=table/);
    await page.getByRole('grid', { name: 'Nodes' }).waitFor();
  });

  it('shows the traces that match', async () => {
    const { page } = await visit(browser, `${service.url}/map`);
    await drawn(page);
    const all = await page.locator(node).count();
    await page.goto(`${service.url}/map?q=service("catalog")`);
    await drawn(page);
    expect(await page.locator(node).count()).toBeLessThanOrEqual(all);
    await page.goto(`${service.url}/map?q=service("nobody")`);
    await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
    await picture(page, 'map-nothing');
    await accessible(page);
    await page.goto(`${service.url}/map?q=madeup`);
    await page.getByRole('alert').waitFor();
    await picture(page, 'map-problem');
    await accessible(page);
  });

  it('finds, compares and exports', async () => {
    const { page, complaints } = await visit(browser, `${service.url}/map?find=pay&cmp=previous`);
    await drawn(page);
    await page.getByText(/^\d+ found$/).waitFor();
    await page.getByText(/Compared with/).waitFor();
    await page.locator('[data-node][data-change="new"]').first().waitFor();
    await picture(page, 'map-compare');
    await accessible(page);
    await page.getByRole('toolbar').getByRole('button', { name: 'Map' }).click();
    await page.getByRole('menu').waitFor();
    await picture(page, 'map-menu');
    for (const kind of ['SVG', 'PNG']) {
      const waiting = page.waitForEvent('download');
      await page.getByRole('menuitem', { name: `Download as ${kind}` }).click();
      expect((await waiting).suggestedFilename()).toBe(`trace-map.${kind.toLowerCase()}`);
      await page.getByRole('toolbar').getByRole('button', { name: 'Map' }).click();
    }
    await page.getByRole('menuitem', { name: 'Copy as Mermaid' }).click();
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^flowchart LR\n/);
    expect(complaints).toEqual([]);
  });

  it('leads to the start while there are no traces', async () => {
    const empty = await start();
    try {
      const { page } = await visit(browser, `${empty.url}/map`);
      await page.getByRole('heading', { name: 'No trace has arrived yet' }).waitFor();
      await picture(page, 'map-empty');
      await accessible(page);
    } finally {
      await empty.stop();
    }
  });
});
