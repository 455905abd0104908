import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, launch, picture, visit } from './browser';
import { nodesOf } from './crowd';
import { type Service, start, until } from './server';

let service: Service;
let browser: Browser;

beforeAll(async () => {
  service = await start();
  browser = await launch();
  await service.load(1500);
  await until(async () => (await nodesOf(service)) > 10);
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

const node = '[data-node]';
const chosen = '[data-node][data-selected="true"]';

async function drawn(page: Page): Promise<void> {
  await page.waitForSelector(node);
  await page.waitForSelector('html[data-busy="false"]');
}

async function middle(page: Page, key: string): Promise<{ x: number; y: number }> {
  const box = await page.locator(`[data-node^="${key}"] circle`).first().boundingBox();
  if (!box) throw new Error(`${key} is not drawn`);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Drags in steps, as a hand does. */
async function drag(page: Page, from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 4 });
  await page.mouse.move(to.x, to.y, { steps: 4 });
  await page.mouse.up();
}

describe('several nodes', () => {
  it('are selected by an area, with what they are together beside it', async () => {
    const { page, complaints } = await visit(browser, `${service.url}/map`);
    await drawn(page);
    const [a, b] = [await middle(page, 'catalog'), await middle(page, 'orders|')];
    await page.keyboard.down('Shift');
    await page.mouse.move(a.x - 60, a.y - 60);
    await page.mouse.down();
    await page.mouse.move(b.x + 60, b.y + 40, { steps: 5 });
    await picture(page, 'select-area');
    await page.mouse.up();
    await page.keyboard.up('Shift');
    await page.waitForURL(/also=/);
    expect(await page.locator(chosen).count()).toBe(2);
    const panel = page.getByRole('complementary', { name: '2 nodes' });
    await panel.getByText('Worst p95').waitFor();
    await panel.getByText(/^service\(id\(name: "\w+".*\) OR service\(/).waitFor();
    await panel.getByText('Response times').first().waitFor();
    await picture(page, 'select-panel');
    await accessible(page);
    await panel.getByRole('button', { name: 'Zoom to the selection' }).click();
    await picture(page, 'select-zoomed');
    await page.keyboard.press('Escape');
    await page.locator(chosen).first().waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  });

  it('are selected with the keyboard alone, and lead to their traces', async () => {
    const { page } = await visit(browser, `${service.url}/map`, { language: 'ja', theme: 'dark' });
    await drawn(page);
    await page.keyboard.press('b');
    await page.waitForURL(/node=/);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('s');
    await page.waitForURL(/also=/);
    expect(await page.locator(chosen).count()).toBe(2);
    await page.getByRole('complementary', { name: '2 ノード' }).waitFor();
    await picture(page, 'select-ja');
    await accessible(page);
    await page.keyboard.press('z');
    await page.keyboard.press('s');
    await page.waitForURL(u => !u.searchParams.has('also'));
    await page.keyboard.press('s');
    await page.getByRole('complementary', { name: '2 ノード' }).getByRole('button', { name: 'トレースを表示' }).click();
    await page.waitForURL(/\/traces\?.*OR/);
    await page.waitForSelector('[role="grid"] [role="row"][aria-rowindex="2"]');
  });

  it('has all of it in the list behind ?', async () => {
    const { page } = await visit(browser, `${service.url}/map`);
    await drawn(page);
    await page.keyboard.press('?');
    const list = page.getByRole('dialog');
    for (const label of ['Add to the selection, or take out', 'Zoom to the selection', 'Unpin all nodes'])
      await list.getByText(label).waitFor();
    await picture(page, 'map-keys');
    await accessible(page);
  });
});

describe('a pinned node', () => {
  it('stays where it was put, in this browser, until it is unpinned', async () => {
    const { page, complaints } = await visit(browser, `${service.url}/map`);
    await drawn(page);
    const from = await middle(page, 'catalog');
    const others = await middle(page, 'payments');
    await drag(page, from, { x: from.x + 40, y: from.y - 70 });
    await page.getByRole('button', { name: '1 pinned' }).waitFor();
    expect(new URL(page.url()).searchParams.has('node')).toBe(false);
    const at = await page.locator('[data-node^="catalog"]').getAttribute('style');
    await picture(page, 'pinned');
    await accessible(page);
    await page.reload();
    await drawn(page);
    expect(await page.locator('[data-node^="catalog"]').getAttribute('style')).toBe(at);
    await page.getByRole('button', { name: '1 pinned' }).click();
    await until(async () => (await page.locator('[data-node^="catalog"]').getAttribute('style')) !== at);
    const back = await middle(page, 'payments');
    expect(Math.hypot(back.x - others.x, back.y - others.y)).toBeLessThan(2);
    expect(complaints).toEqual([]);
  });

  it('is moved with the keyboard', async () => {
    const { page } = await visit(browser, `${service.url}/map`);
    await drawn(page);
    const payments = page.locator('[data-node^="payments"]');
    const before = await payments.getAttribute('style');
    await payments.focus();
    await page.keyboard.press('Shift+ArrowDown');
    await page.getByRole('button', { name: '1 pinned' }).waitFor();
    expect(await payments.getAttribute('style')).not.toBe(before);
    await page.keyboard.press('p');
    await page.getByRole('button', { name: '1 pinned' }).waitFor({ state: 'detached' });
    await page.keyboard.press('p');
    await page.getByRole('button', { name: '1 pinned' }).waitFor();
    await page.keyboard.press('P');
    await page.getByRole('button', { name: '1 pinned' }).waitFor({ state: 'detached' });
    expect(await payments.getAttribute('style')).toBe(before);
  });
});

describe('groups of nodes', () => {
  it('become one node each, with what they are together', async () => {
    const { page, complaints } = await visit(browser, `${service.url}/map`);
    await drawn(page);
    const all = await page.locator(node).count();
    await page.keyboard.press('c');
    await page.waitForURL(/by=type/);
    await until(async () => (await page.locator(node).count()) < all);
    await drawn(page);
    const group = page.locator('[data-bundle="group"]').first();
    await picture(page, 'grouped');
    await accessible(page);
    await group.dispatchEvent('click');
    await page.getByRole('complementary').getByText('Worst p95').waitFor();
    await picture(page, 'grouped-panel');
    await page.getByRole('complementary').getByRole('button', { name: 'Unfold' }).click();
    await page.waitForURL(/open=/);
    await page.getByRole('button', { name: 'By type' }).click();
    await until(async () => (await page.locator(node).count()) === all);
    expect(complaints).toEqual([]);
  });
});

describe('what a node says', () => {
  it('has its percentiles over time', async () => {
    const { page } = await visit(browser, `${service.url}/map?node=payments|AWS::ECS::Container`);
    await drawn(page);
    const panel = page.getByRole('complementary');
    await panel.getByRole('tab', { name: 'Over time' }).click();
    await panel.locator('path[data-percentile="p99"]').waitFor({ state: 'attached' });
    await picture(page, 'map-node-percentiles');
    await accessible(page);
  });

  it('is bad from the share on that the reader chose', async () => {
    const { page } = await visit(browser, `${service.url}/settings`);
    await page.getByRole('button', { name: /The map marks nodes from/ }).click();
    await page.getByRole('option', { name: '10 %' }).click();
    await page.getByRole('link', { name: 'Trace map' }).click();
    await drawn(page);
    expect(await page.locator('[data-node] rect[rx="9"]').count()).toBe(0);
  });

  it('names the insights that it is part of', async () => {
    const { page, complaints } = await visit(browser, `${service.url}/settings`);
    const now = Math.floor(Date.now() / 1000);
    const id = { Name: 'payments', Names: ['payments'], AccountId: null, Type: 'AWS::ECS::Container' };
    const counts = { FaultCount: 12, OkCount: 88, TotalCount: 100 };
    await page.route('**/InsightSummaries', r =>
      r.fulfill({
        json: {
          NextToken: null,
          InsightSummaries: [
            {
              InsightId: '11111111-2222-3333-4444-555555555555',
              GroupARN: 'arn:aws:xray:us-east-1:000000000000:group/Default',
              GroupName: 'Default',
              RootCauseServiceId: id,
              Categories: ['FAULT'],
              State: 'ACTIVE',
              StartTime: now - 300,
              EndTime: null,
              Summary: 'The faults of payments are above what is expected.',
              ClientRequestImpactStatistics: counts,
              RootCauseServiceRequestImpactStatistics: counts,
              TopAnomalousServices: [{ ServiceId: id }],
            },
          ],
        },
      }),
    );
    await page.goto(`${service.url}/map?node=payments|AWS::ECS::Container`);
    await drawn(page);
    await page.locator('[data-node^="payments"][data-insight="true"]').waitFor();
    await page.getByRole('tab', { name: 'Insights 1' }).click();
    await page.getByText('The faults of payments are above what is expected.').waitFor();
    await picture(page, 'map-insight');
    await accessible(page);
    expect(complaints).toEqual([]);
  });
});
