import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, fits, launch, picture, visit } from './browser';
import { type Service, start, until } from './server';

let service: Service;
let browser: Browser;

beforeAll(async () => {
  service = await start({ demo: true });
  browser = await launch();
  await service.load(1500);
  await until(async () => {
    const now = Date.now() / 1000;
    const page = await service.call<{ TraceSummaries: object[] }>('TraceSummaries', {
      StartTime: now - 600,
      EndTime: now,
      FilterExpression: 'fault AND service("storefront")',
    });
    return page.TraceSummaries.length > 0;
  });
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

const grid = '[role="grid"] [role="row"][aria-rowindex="2"]';

describe('the trace list', () => {
  it('shows traces, charts and refiners, and nothing is wrong with it', async () => {
    const { page, complaints } = await visit(browser, `${service.url}/traces`);
    await page.waitForSelector(grid);
    await page.waitForSelector('.cm-editor');
    await page.getByText(/Scanned .* match/).waitFor();
    await picture(page, 'traces-light');
    await accessible(page);
    expect(complaints).toEqual([]);
  });

  it.each([
    ['dark', { theme: 'dark' }],
    ['contrast', { theme: 'contrast' }],
    ['ja', { language: 'ja' }],
    ['narrow', { width: 360, height: 740 }],
    ['narrow-ja', { width: 360, height: 740, language: 'ja', theme: 'dark' }],
    ['wide', { width: 3840, height: 2160 }],
  ] as const)('looks right: %s', async (name, view) => {
    const { page, complaints } = await visit(browser, `${service.url}/traces`, view);
    await page.waitForSelector(grid);
    await page.waitForSelector('.cm-editor');
    await picture(page, `traces-${name}`);
    await fits(page);
    // Axe looks at every pixel of a 4K screen; the layout is what matters there.
    if (name !== 'wide') await accessible(page);
    expect(complaints).toEqual([]);
  });

  it('filters by what is typed, and says what is wrong with it', async () => {
    const { page } = await visit(browser, `${service.url}/traces`);
    await page.waitForSelector('.cm-editor');
    await page.keyboard.press('/');
    await page.keyboard.type('falut', { delay: 20 });
    await page
      .getByText(/did you mean fault/)
      .first()
      .waitFor();
    await page.waitForSelector('.cm-lintRange-error');
    await picture(page, 'filter-fault');
    for (let i = 0; i < 5; i++) await page.keyboard.press('Backspace');
    await page.keyboard.type('fau', { delay: 30 });
    await page.waitForSelector('.cm-tooltip-autocomplete');
    await picture(page, 'filter-completion');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=fault/);
    await page.getByText('Traces where there is a fault').waitFor();
    await until(
      async () =>
        (await page.locator('[role="gridcell"] >> text=Fault').count()) > 0 &&
        (await page.locator('[role="gridcell"] >> text=OK').count()) === 0,
    );
    await page.goBack();
    await page.waitForURL(u => !u.search.includes('q='));
  });

  it('is usable with the keyboard alone', async () => {
    const { page } = await visit(browser, `${service.url}/traces`);
    await page.waitForSelector(grid);
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    const second = await page.locator('[role="row"][aria-selected="true"]').getAttribute('aria-rowindex');
    expect(second).toBe('3');
    await page.keyboard.press('Space');
    await page.waitForSelector('aside[aria-label="Preview"] ol li');
    await picture(page, 'traces-preview');
    await accessible(page);
    await page.keyboard.press('Escape');
    await page.waitForSelector('aside[aria-label="Preview"]', { state: 'detached' });
    await page.keyboard.press('s');
    await page.waitForURL(/sort=-response/);
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await picture(page, 'help');
    await accessible(page);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('dark');
    await picture(page, 'commands');
    await accessible(page);
    await page.keyboard.press('Enter');
    await page.waitForSelector('html[data-theme="dark"]');
    await page.keyboard.press('t');
    await page.keyboard.type('yesterday 9:00-9:30');
    await picture(page, 'time');
    await accessible(page);
    await page.keyboard.press('Enter');
    await page.waitForURL(/from=.*&to=/);
    await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
    await picture(page, 'traces-nothing');
    await accessible(page);
    await page.getByRole('button', { name: /Widen/ }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/t=6h/);
    await page.waitForSelector('[role="grid"] [role="row"]:not([aria-rowindex="1"])'); // it stays at the row that was active
  });

  it('keeps the row with the cursor in view', async () => {
    const { page } = await visit(browser, `${service.url}/traces`);
    await page.waitForSelector(grid);
    for (let i = 0; i < 40; i++) await page.keyboard.press('j');
    await page.locator('[role="row"][aria-rowindex="41"][aria-selected="true"]').waitFor();
    await page.waitForFunction(() => {
      const row = document.querySelector('[role="row"][aria-selected="true"]')?.getBoundingClientRect();
      const edge = document.querySelector('[role="grid"]')?.parentElement?.getBoundingClientRect();
      return row && edge && row.bottom <= edge.bottom + 1;
    });
  });

  it('brushes response times with the mouse, the sliders and by typing', async () => {
    const { page } = await visit(browser, `${service.url}/traces`);
    await page.waitForSelector(grid);
    const slider = page.getByRole('slider', { name: 'Response times: From' });
    const box = await slider.locator('..').boundingBox();
    if (!box) throw new Error('no chart');
    await page.mouse.move(box.x + box.width * 0.5, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.8, box.y + 40, { steps: 5 });
    await picture(page, 'brush');
    await page.mouse.up();
    await page.waitForURL(/responsetime/);
    const before = page.url();
    await slider.focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForURL(u => u.href !== before);
    const field = page.getByLabel('Response times: Selection');
    await field.fill('1-50 ms');
    await field.press('Enter');
    await page.waitForURL(/q=responsetime\+%3E%3D\+0.001\+AND\+responsetime\+%3C%3D\+0.05/);
    await page.getByRole('button', { name: 'Clear selection' }).click();
    await page.waitForURL(u => !u.search.includes('responsetime'));
  });

  it('refines by clicks, and by the menu of a row', async () => {
    const { page } = await visit(browser, `${service.url}/traces`);
    await page.waitForSelector(grid);
    await page.getByRole('button', { name: /^POST/ }).click();
    await page.waitForURL(/http.method/);
    await page.getByRole('button', { name: /^POST/, pressed: true }).waitFor();
    await page.locator(`${grid} [data-column="status"]`).click({ button: 'right' });
    await page.getByRole('menu').waitFor();
    await picture(page, 'row-menu');
    await accessible(page);
    await page
      .getByRole('menuitem', { name: /http.status = \d+/ })
      .last()
      .click();
    await page.waitForURL(/!http.status/);
  });

  it('follows AWS links, and ids in the filter', async () => {
    const { page } = await visit(
      browser,
      `${service.url}/xray/home?region=eu-west-1#/traces?timeRange=PT1H&filter=fault`,
    );
    await page.waitForURL(/\/traces\?t=1h&q=fault$/);
  });

  it('says that the server refuses', async () => {
    const { page } = await visit(browser, `${service.url}/traces?q=madeup`);
    await page.getByRole('alert').waitFor();
    await picture(page, 'problem');
    await accessible(page);
  });

  it('has settings', async () => {
    const { page, complaints } = await visit(browser, `${service.url}/settings`);
    await page.getByRole('heading', { name: 'Preferences' }).waitFor();
    await picture(page, 'settings');
    await accessible(page);
    await page.getByText('日本語').click();
    await page.getByRole('heading', { name: '個人設定' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('ja');
    expect(complaints).toEqual([]);
  });
});

describe('the live list', () => {
  it('lets new traces wait while it is scrolled', async () => {
    const { page } = await visit(browser, `${service.url}/traces`);
    await page.waitForSelector(grid);
    await page.getByRole('button', { name: 'Live', exact: true }).click();
    await page.locator('[role="grid"]').evaluate(g => g.parentElement?.scrollTo(0, 4000));
    await service.load(30, 7);
    const fresh = page.getByRole('button', { name: /^\d+ new$/ });
    await fresh.waitFor();
    await picture(page, 'traces-live');
    await accessible(page);
    await fresh.click();
    await fresh.waitFor({ state: 'detached' });
    await page.waitForFunction(() => document.querySelector('[role="grid"]')?.parentElement?.scrollTop === 0);
  });
});
