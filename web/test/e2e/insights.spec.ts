import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Insight } from '../../src/api/shapes';
import { accessible, fits, launch, picture, visit } from './browser';
import { type Service, start, until } from './server';

let service: Service;
let browser: Browser;
let insight: Insight;

beforeAll(async () => {
  service = await start({ outage: true });
  browser = await launch();
  insight = await until(async () => {
    const now = Date.now() / 1000;
    const { InsightSummaries: found } = await service.call<{ InsightSummaries: Insight[] }>('InsightSummaries', {
      GroupName: 'Default',
      StartTime: now - 7200,
      EndTime: now,
    });
    return found[0];
  });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

describe('insights of an outage', () => {
  it('are listed and lead to one', async () => {
    const { page, complaints } = await visit(browser, `${service.url}/insights?t=3h`);
    await page.getByRole('link', { name: 'pay', exact: true }).waitFor();
    await page.getByRole('cell', { name: /^\d+ faults of 180 requests$/ }).waitFor();
    await page.getByRole('img', { name: /^Faults of pay: \d+ of \d+ periods/ }).waitFor();
    await picture(page, 'insights-list');
    await accessible(page);
    await page.getByRole('link', { name: 'pay', exact: true }).click();
    await page.getByRole('heading', { name: 'What is wrong' }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/insights/${insight.InsightId}`);
    expect(complaints).toEqual([]);
  });

  it.each([
    ['light', {}],
    ['dark', { theme: 'dark' }],
    ['contrast', { theme: 'contrast' }],
    ['narrow-ja', { width: 360, height: 740, language: 'ja' }],
  ] as const)('are told in full: %s', async (name, view) => {
    const { page, complaints } = await visit(browser, `${service.url}/insights/${insight.InsightId}`, view);
    await page.getByRole('img', { name: /3/ }).waitFor();
    await page.locator('rect[data-above="true"]').first().waitFor({ state: 'attached' });
    await picture(page, `insight-${name}`);
    await fits(page);
    await accessible(page);
    expect(complaints).toEqual([]);
  });

  it('show the impact at an event, and the band as a table', async () => {
    const { page, complaints } = await visit(browser, `${service.url}/insights/${insight.InsightId}`);
    await page.getByRole('button', { name: 'As a table' }).first().click();
    await page.getByRole('columnheader', { name: 'Expected' }).waitFor();
    await page.getByRole('group', { name: 'Events' }).getByRole('link').last().click();
    await page.getByText(/^The five minutes until/).waitFor();
    expect(new URL(page.url()).pathname).toMatch(/\/events\/\d+$/);
    await page.getByRole('region', { name: 'Impact graph' }).waitFor();
    await accessible(page);
    expect(complaints).toEqual([]);
  });

  it('lead to the faulty traces', async () => {
    const { page } = await visit(browser, `${service.url}/insights/${insight.InsightId}`);
    await page.getByRole('link', { name: 'Faulty traces' }).click();
    const faults = insight.RootCauseServiceRequestImpactStatistics.FaultCount;
    await page
      .getByText(new RegExp(`\\b${faults}\\b`))
      .first()
      .waitFor();
    const params = new URL(page.url()).searchParams;
    expect(params.get('q')).toBe('service(id(name: "pay", type: "AWS::Lambda::Function")) { fault }');
    expect(Date.parse(params.get('from') ?? '')).toBe(insight.StartTime * 1000);
  });

  it('say that they are gone', async () => {
    const { page } = await visit(browser, `${service.url}/insights/6ba7b810-9dad-11d1-80b4-00c04fd430c8`);
    await page.getByText('There is no such insight').waitFor();
    await accessible(page);
  });
});
