import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, fits, launch, picture, visit } from './browser';
import { type Service, start, until } from './server';

let service: Service;
let browser: Browser;

const everything = { ServiceName: '*', ServiceType: '*', Host: '*', HTTPMethod: '*', URLPath: '*', ResourceARN: '*' };

beforeAll(async () => {
  service = await start();
  browser = await launch();
  await service.load(300);
  const rule = { ...everything, RuleName: 'health', Priority: 10, FixedRate: 0, ReservoirSize: 0, Version: 1 };
  await service.call('CreateSamplingRule', { SamplingRule: { ...rule, URLPath: '/health' } });
  const now = Math.floor(Date.now() / 10_000) * 10;
  for (let i = 6; i > 0; i--) {
    await service.call('SamplingTargets', {
      SamplingStatisticsDocuments: [
        {
          RuleName: 'Default',
          ClientID: '0123456789abcdef01234567',
          Timestamp: now - i * 10,
          RequestCount: 100 + i * 20,
          SampledCount: 6,
          BorrowCount: 1,
        },
      ],
    });
  }
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

describe('sampling', () => {
  it.each([
    ['light', {}],
    ['dark', { theme: 'dark' }],
    ['contrast', { theme: 'contrast' }],
    ['narrow-ja', { width: 360, height: 740, language: 'ja' }],
  ] as const)('shows the rules and looks right: %s', async (name, view) => {
    const { page, complaints } = await visit(browser, `${service.url}/sampling`, view);
    await page.getByRole('link', { name: 'health' }).waitFor();
    await page.getByRole('img', { name: /6|36/ }).first().waitFor();
    await picture(page, `sampling-${name}`);
    await fits(page);
    await accessible(page);
    expect(complaints).toEqual([]);
  });

  it('creates, edits and deletes a rule, and says before what it does', async () => {
    const { page } = await visit(browser, `${service.url}/sampling`);
    await page.getByRole('button', { name: 'New rule' }).click();
    const panel = page.getByRole('complementary', { name: 'New rule' });
    await panel.getByLabel('Name', { exact: true }).fill('gold');
    await panel.getByLabel(/^Rate after/).fill('50');
    await panel.getByText(/Would have kept about/).waitFor();
    await picture(page, 'sampling-new');
    await accessible(page);
    await panel.getByRole('button', { name: 'New rule' }).click();
    await page.getByRole('link', { name: 'gold' }).click();
    const edit = page.getByRole('complementary', { name: 'Rule gold' });
    await edit.getByLabel('Reservoir, requests per second').fill('7');
    await edit.getByRole('group', { name: 'Changes' }).waitFor();
    await picture(page, 'sampling-edit');
    await accessible(page);
    await page.keyboard.press('Enter');
    await page.getByText('7/s + 50').waitFor();
    await page.getByRole('button', { name: 'Delete gold' }).click();
    await page
      .getByRole('dialog')
      .getByText(/Would have kept/)
      .waitFor();
    await picture(page, 'sampling-delete');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('link', { name: 'gold' }).waitFor({ state: 'detached' });
  });

  it('keeps what of Default is fixed', async () => {
    const { page } = await visit(browser, `${service.url}/sampling/Default`);
    const panel = page.getByRole('complementary', { name: 'Rule Default' });
    await panel.getByText(/only the limits/).waitFor();
    expect(await panel.getByLabel('Host').isDisabled()).toBe(true);
    expect(await panel.getByLabel('Priority').isDisabled()).toBe(true);
    await accessible(page);
  });

  it('tells which rule decides', async () => {
    const { page } = await visit(browser, `${service.url}/sampling`);
    await page.getByLabel('URL path').fill('/orders/1');
    await page.keyboard.press('Enter');
    await page.getByText('Default decides.').waitFor();
    await page.getByText('urlPath /orders/1 is not /health').waitFor();
    await page.getByText('Default decides.').scrollIntoViewIfNeeded();
    await picture(page, 'sampling-test');
    await accessible(page);
  });

  it('imports what it exported', async () => {
    const { page } = await visit(browser, `${service.url}/sampling`);
    await page.getByRole('button', { name: 'Import' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Rules').fill('{"RuleName":"bulk","Priority":30,"FixedRate":0.01,"ReservoirSize":0}');
    await dialog.getByText('new', { exact: true }).waitFor();
    await picture(page, 'sampling-import');
    await dialog.getByRole('button', { name: 'Import 1' }).click();
    await page.getByRole('link', { name: 'bulk' }).waitFor();
    await until(async () => {
      const { SamplingRuleRecords: rules } = await service.call<{
        SamplingRuleRecords: { SamplingRule: { RuleName: string } }[];
      }>('GetSamplingRules', {});
      return rules.some(r => r.SamplingRule.RuleName === 'bulk');
    });
  });
});
