import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, fits, launch, picture, visit } from './browser';
import { type Service, start } from './server';

let service: Service;
let browser: Browser;

beforeAll(async () => {
  service = await start();
  browser = await launch();
  await service.load(200);
  await service.call('TraceSegments', { TraceSegmentDocuments: ['{"name":"orders","start_time":1}', 'no JSON'] });
  await service.call('TelemetryRecords', {
    Hostname: 'ip-10-0-0-1',
    TelemetryRecords: [{ Timestamp: Date.now() / 1000, SegmentsReceivedCount: 12, SegmentsSentCount: 11 }],
  });
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

describe('sources', () => {
  it.each([
    ['light', {}],
    ['dark', { theme: 'dark' }],
    ['contrast', { theme: 'contrast' }],
    ['narrow-ja', { width: 360, height: 740, language: 'ja' }],
  ] as const)('tell who sends and what was rejected: %s', async (name, view) => {
    const { page, complaints } = await visit(browser, `${service.url}/sources`, view);
    await page.getByRole('cell', { name: 'PutTraceSegments' }).first().waitFor();
    await page.getByRole('cell', { name: 'ip-10-0-0-1' }).waitFor();
    await picture(page, `sources-${name}`);
    await fits(page);
    await accessible(page);
    expect(complaints).toEqual([]);
  });
});

describe('status', () => {
  it.each([
    ['light', {}],
    ['dark', { theme: 'dark' }],
    ['narrow-ja', { width: 360, height: 740, language: 'ja' }],
  ] as const)('tells what the server is: %s', async (name, view) => {
    const { page, complaints } = await visit(browser, `${service.url}/status`, view);
    await page.getByText('000000000000').first().waitFor();
    await page.locator('table').first().waitFor();
    await picture(page, `status-${name}`);
    await fits(page);
    await accessible(page);
    expect(complaints).toEqual([]);
  });
});

describe('insights', () => {
  it.each([
    ['light', {}],
    ['narrow-ja', { width: 360, height: 740, language: 'ja' }],
  ] as const)('say honestly that there are none: %s', async (name, view) => {
    const { page, complaints } = await visit(browser, `${service.url}/insights`, view);
    await page.locator('main h2').first().waitFor();
    await picture(page, `insights-${name}`);
    await fits(page);
    await accessible(page);
    expect(complaints).toEqual([]);
  });
});
