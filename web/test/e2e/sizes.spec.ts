import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, fits, launch, picture, visit } from './browser';
import { nodesOf } from './crowd';
import { type Service, start, until } from './server';

let service: Service;
let browser: Browser;
let trace = '';

beforeAll(async () => {
  service = await start();
  browser = await launch();
  await service.load(600);
  await until(async () => (await nodesOf(service)) > 10);
  const now = Date.now() / 1000;
  const found = await service.call<{ TraceSummaries: { Id: string; HasFault: boolean }[] }>('TraceSummaries', {
    StartTime: now - 600,
    EndTime: now,
    FilterExpression: 'fault',
  });
  trace = found.TraceSummaries[0]?.Id ?? '';
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

async function map(page: Page): Promise<void> {
  await page.waitForSelector('[data-node]');
  await page.waitForSelector('.cm-editor');
  await page.waitForSelector('html[data-busy="false"]');
}

describe('the map on screens from 360 to 3840', () => {
  it.each([
    [360, 740],
    [768, 1024],
    [1440, 900],
    [3840, 2160],
  ])('%s wide', async (width, height) => {
    for (const theme of ['light', 'dark', 'contrast'] as const) {
      const { page, context } = await visit(browser, `${service.url}/map`, { theme, width, height });
      await map(page);
      await picture(page, `size-${width}-${theme}`);
      await fits(page);
      await accessible(page);
      const more = await page
        .getByRole('toolbar')
        .getByRole('button', { name: 'Map', exact: true })
        .last()
        .boundingBox();
      const find = await page.getByRole('toolbar').getByRole('textbox').boundingBox();
      if (!more || !find) throw new Error('the toolbar is not there');
      // One line: the menu is beside the field, not below it.
      expect(Math.abs(more.y + more.height / 2 - find.y - find.height / 2)).toBeLessThan(6);
      await context.close();
    }
  });

  it('has the panel over the map at 360', async () => {
    const { page } = await visit(browser, `${service.url}/map?node=payments|AWS::ECS::Container`, {
      width: 360,
      height: 740,
    });
    await page.getByRole('complementary').getByText('Response times').first().waitFor();
    await picture(page, 'size-360-panel');
    await fits(page);
    await accessible(page);
  });
});

describe('with the colours of the system', () => {
  it.each(['light', 'dark'] as const)('everything is there: %s', async theme => {
    const { page, complaints } = await visit(browser, `${service.url}/settings`, { theme });
    await page.emulateMedia({ forcedColors: 'active', colorScheme: theme });
    expect(await page.evaluate(() => matchMedia('(forced-colors: active)').matches)).toBe(true);
    await page.goto(`${service.url}/map?node=payments|AWS::ECS::Container`);
    await map(page);
    await picture(page, `forced-map-${theme}`);
    await accessible(page);
    await page.goto(`${service.url}/traces`);
    await page.waitForSelector('[role="grid"] [role="row"][aria-rowindex="2"]');
    await page.waitForSelector('.cm-editor');
    await picture(page, `forced-traces-${theme}`);
    await accessible(page);
    await page.goto(`${service.url}/traces/${trace}`);
    await page.waitForSelector('[role="treegrid"] [data-row]');
    await picture(page, `forced-trace-${theme}`);
    await accessible(page);
    // What is not text has to show, too.
    const visible = await page.evaluate(() => {
      const bar = document.querySelector('[role="treegrid"] [data-row] [data-bar]');
      return bar !== null && getComputedStyle(bar).backgroundImage.includes('gradient');
    });
    expect(visible).toBe(true);
    expect(complaints).toEqual([]);
  });
});
