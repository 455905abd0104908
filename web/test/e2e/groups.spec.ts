import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, fits, launch, picture, visit } from './browser';
import { type Service, start } from './server';

let service: Service;
let browser: Browser;

beforeAll(async () => {
  service = await start();
  browser = await launch();
  await service.load(300);
  await service.call('CreateGroup', { GroupName: 'faults', FilterExpression: 'fault' });
  await service.call('CreateGroup', {
    GroupName: 'slow-faults',
    FilterExpression: 'group.name = "faults" AND duration > 0.1',
  });
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

describe('groups', () => {
  it.each([
    ['light', {}],
    ['dark', { theme: 'dark' }],
    ['contrast', { theme: 'contrast' }],
    ['narrow-ja', { width: 360, height: 740, language: 'ja' }],
  ] as const)('are listed and look right: %s', async (name, view) => {
    const { page, complaints } = await visit(browser, `${service.url}/groups`, view);
    await page.getByRole('link', { name: 'faults', exact: true }).waitFor();
    await page.getByRole('link', { name: /^\d+$/ }).first().waitFor();
    await picture(page, `groups-${name}`);
    await fits(page);
    await accessible(page);
    expect(complaints).toEqual([]);
  });

  it('are created with a filter that is tried while it is typed', async () => {
    const { page } = await visit(browser, `${service.url}/groups?new=1`);
    const panel = page.getByRole('complementary', { name: 'New group' });
    await panel.getByLabel('Name').fill('posts');
    await panel.locator('.cm-content').click();
    await page.keyboard.type('http.method = "POST"');
    await page.keyboard.press('Escape');
    await panel.getByText(/^\d+ of \d+ traces/).waitFor();
    await panel.getByRole('list', { name: 'Examples' }).getByRole('link').first().waitFor();
    await panel.getByLabel('Tags').fill('team=shop');
    await picture(page, 'groups-new');
    await accessible(page);
    await panel.getByRole('button', { name: 'New group' }).click();
    await page.getByRole('link', { name: 'posts' }).waitFor();
    const { Group: made } = await service.call<{ Group: { FilterExpression: string; GroupARN: string } }>('GetGroup', {
      GroupName: 'posts',
    });
    expect(made.FilterExpression).toBe('http.method = "POST"');
    expect(await service.call('ListTagsForResource', { ResourceARN: made.GroupARN })).toMatchObject({
      Tags: [{ Key: 'team', Value: 'shop' }],
    });
  });

  it('are changed, copied and deleted, and say who needs them', async () => {
    const { page } = await visit(browser, `${service.url}/groups/slow-faults`);
    const panel = page.getByRole('complementary', { name: 'Group slow-faults' });
    await panel.getByText('Insights', { exact: true }).click();
    await panel.getByText(/^\d+ of \d+ traces/).waitFor();
    await picture(page, 'groups-edit');
    await accessible(page);
    await panel.getByRole('button', { name: 'Save' }).click();
    await panel.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Copy slow-faults to a new group' }).click();
    const copy = page.getByRole('complementary', { name: 'New group' });
    expect(await copy.getByLabel('Name').inputValue()).toBe('slow-faults-2');
    await page.keyboard.press('Escape');
    await copy.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Delete faults' }).click();
    await page
      .getByRole('dialog')
      .getByText(/will match nothing: slow-faults/)
      .waitFor();
    await picture(page, 'groups-delete');
    await accessible(page);
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Delete slow-faults' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('link', { name: 'slow-faults' }).waitFor({ state: 'detached' });
  });
});
