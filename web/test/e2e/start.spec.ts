import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, fits, launch, picture, visit } from './browser';
import { type Service, start } from './server';

let service: Service;
let browser: Browser;

beforeAll(async () => {
  service = await start();
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

describe('getting started', () => {
  it('has text to copy with the addresses, and waits', async () => {
    const { page, complaints } = await visit(browser, `${service.url}/start`);
    await page.getByText('Waiting for the first trace').waitFor();
    await page.getByRole('radio', { name: 'X-Ray SDK' }).check({ force: true });
    await page.waitForURL(/sdk=xray/);
    await page.getByText(/AWS_XRAY_DAEMON_ADDRESS=.*127.0.0.1/).waitFor();
    expect(await page.getByText(service.url).count()).toBeGreaterThan(0);
    await picture(page, 'start-light');
    await accessible(page);
    expect(complaints).toEqual([]);
  });

  it.each([
    ['dark', { theme: 'dark' }],
    ['contrast', { theme: 'contrast' }],
    ['narrow-ja', { width: 360, height: 740, language: 'ja' }],
  ] as const)('looks right: %s', async (name, view) => {
    const { page, complaints } = await visit(browser, `${service.url}/start?where=kubernetes&lang=python`, view);
    await page.getByText('OTEL_EXPORTER_OTLP_ENDPOINT').first().waitFor();
    await picture(page, `start-${name}`);
    await fits(page);
    await accessible(page);
    expect(complaints).toEqual([]);
  });

  it('sends a test trace, which arrives', async () => {
    const { page } = await visit(browser, `${service.url}/start`);
    await page.getByText('Waiting for the first trace').waitFor();
    await page.getByRole('button', { name: 'Send a test trace' }).click();
    const open = page.getByRole('link', { name: 'Open the trace' });
    await open.waitFor();
    await picture(page, 'start-arrived');
    expect(await open.getAttribute('href')).toMatch(/\/traces\/1-[0-9a-f]{8}-[0-9a-f]{24}/);
    await accessible(page);
  });
});
