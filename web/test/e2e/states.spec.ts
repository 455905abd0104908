import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, launch, picture, visit } from './browser';
import { type Service, start } from './server';

let service: Service;
let browser: Browser;

beforeAll(async () => {
  service = await start({});
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

describe('a page whose questions are refused', () => {
  it.each([
    ['map', 'light'],
    ['traces', 'dark'],
    ['analytics', 'light'],
    ['groups', 'dark'],
    ['sampling', 'light'],
    ['sources', 'light'],
    ['status', 'dark'],
    ['insights', 'light'],
  ] as const)('says so: %s', async (name, theme) => {
    const { page } = await visit(browser, `${service.url}/settings`, { theme });
    const questions = (url: URL) => /^\/([A-Z]\w+|console\/v1\/.*)$/.test(url.pathname);
    await page.route(questions, r =>
      r.fulfill({
        status: 403,
        headers: { 'x-amzn-ErrorType': 'AccessDeniedException' },
        contentType: 'application/json',
        body: '{"message":"not allowed"}',
      }),
    );
    await page.goto(`${service.url}/${name}`);
    await page.getByRole('alert').first().waitFor();
    await picture(page, `refused-${name}`);
    await accessible(page);
  });
});

const SERVICES = 300;
const CALLS = 1000;
const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0');

/** A call between two services, as its two segments. */
function call(n: number, from: number, to: number, at: number): object[] {
  const trace_id = `1-${hex(Math.floor(at), 8)}-${hex(n, 24)}`;
  const id = (part: number) => hex(n * 4 + part, 16);
  const made = { id: id(2), name: `service-${to}`, namespace: 'remote', start_time: at, end_time: at + 0.09 };
  return [
    { name: `service-${from}`, id: id(1), trace_id, start_time: at, end_time: at + 0.1, subsegments: [made] },
    { name: `service-${to}`, id: id(3), trace_id, parent_id: id(2), start_time: at, end_time: at + 0.08 },
  ];
}

describe('a large map', () => {
  it('is drawn', async () => {
    const at = Date.now() / 1000 - 30;
    const documents: object[] = [];
    for (let n = 0; n < CALLS; n++) {
      const from = n < SERVICES - 1 ? Math.floor(n / 3) : (n * 7) % 200;
      const to = n < SERVICES - 1 ? n + 1 : Math.min(SERVICES - 1, from + 1 + ((n * 13) % 60));
      documents.push(...call(n + 1, from, to, at));
    }
    await service.put(...documents);
    const { page } = await visit(browser, `${service.url}/settings`);
    let answered = 0;
    page.on('response', r => {
      if (/ServiceGraph|console\/v1\/graph/.test(r.url())) answered = Date.now();
    });
    const begun = Date.now();
    await page.goto(`${service.url}/map`, { waitUntil: 'commit' });
    await page.waitForFunction(n => document.querySelectorAll('[data-node]').length >= n, SERVICES, { polling: 20 });
    const nodes = await page.locator('[data-node]').count();
    console.log(
      `${nodes} nodes: drawn ${Date.now() - begun} ms after the address, ${Date.now() - answered} ms after the answer`,
    );
    await picture(page, 'map-large');
    expect(nodes).toBeGreaterThanOrEqual(SERVICES);
  });
});
