import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, fits, launch, picture, visit } from './browser';
import { type Service, start } from './server';

let service: Service;
let browser: Browser;

beforeAll(async () => {
  service = await start();
  browser = await launch();
  await service.load(1500);
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

const faults = 'q=fault&vs=1&b=ok';

describe('analytics', () => {
  it.each([
    ['light', {}],
    ['dark', { theme: 'dark' }],
    ['contrast', { theme: 'contrast' }],
    ['narrow-ja', { width: 360, height: 740, language: 'ja' }],
  ] as const)('compares two sets and looks right: %s', async (name, view) => {
    const { page, complaints } = await visit(browser, `${service.url}/analytics?${faults}`, view);
    await page.locator('table tbody tr').first().waitFor();
    await page.locator('.cm-editor').nth(1).waitFor();
    await picture(page, `analytics-${name}`);
    await fits(page);
    await accessible(page);
    expect(complaints).toEqual([]);
  });

  it('begins with a suggestion, and finds the cause', async () => {
    const { page } = await visit(browser, `${service.url}/analytics`);
    await page.getByRole('heading', { name: 'Nothing to compare yet' }).waitFor();
    await picture(page, 'analytics-start');
    await accessible(page);
    await page.getByRole('button', { name: 'faults against OK' }).click();
    await page.waitForURL(/vs=1/);
    await page
      .getByRole('cell', { name: /^outcome|Outcome/ })
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Exception', exact: true }).click();
    await page.waitForURL(/field=exception/);
    await page
      .getByRole('cell', { name: /BankTimeout/ })
      .first()
      .waitFor();
    await picture(page, 'analytics-table');
    await accessible(page);
    await page
      .getByRole('button', { name: /^Exclude from Set A/ })
      .first()
      .click();
    await page.waitForURL(u => u.search.includes('BankTimeout'));
    await page.goBack();
    await page.waitForURL(u => !u.search.includes('BankTimeout'));
  });

  it('brushes with mouse and keyboard, into the set under edit', async () => {
    const { page } = await visit(browser, `${service.url}/analytics?${faults}`);
    const slider = page.getByRole('slider', { name: 'Response times: From' });
    await slider.waitFor();
    const box = await slider.locator('..').boundingBox();
    if (!box) throw new Error('no chart');
    await page.mouse.move(box.x + box.width * 0.4, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.8, box.y + 40, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/q=fault\+AND\+responsetime/);
    await page.getByRole('radio', { name: 'Set B' }).check({ force: true });
    await page.waitForURL(/edit=b/);
    await slider.focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForURL(/b=ok\+AND\+responsetime/);
    await page.getByRole('button', { name: 'Compare with the rest' }).click();
    await page.waitForURL(u => !u.search.includes('vs=1'));
  });

  it('has a heat map', async () => {
    const { page } = await visit(browser, `${service.url}/analytics?tab=heat&t=5m`);
    await page.getByRole('img', { name: /Response times over time/ }).waitFor();
    await page.getByRole('img', { name: /Response times over time/ }).scrollIntoViewIfNeeded();
    await picture(page, 'analytics-heat');
    await accessible(page);
  });
});
