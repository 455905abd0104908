import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, picture, visit } from './browser';
import { type Service, start } from './server';

let service: Service;
let browser: Browser;

const now = Math.floor(Date.now() / 1000) - 60;
const TRACE = `1-${now.toString(16)}-${'0'.repeat(23)}5`;
const id = (n: number) => n.toString(16).padStart(16, '0');
const SEGMENTS = 500;
const EACH = 99;

/** Fifty thousand rows in documents of a hundred. */
function* documents(): Generator<object> {
  yield { name: 'gateway', id: id(1), trace_id: TRACE, start_time: now, end_time: now + 50 };
  for (let s = 0; s < SEGMENTS; s++) {
    const from = now + s * 0.1;
    yield {
      name: `worker-${s % 20}`,
      id: id(1000 + s),
      trace_id: TRACE,
      parent_id: id(1),
      start_time: from,
      end_time: from + 0.1,
      subsegments: Array.from({ length: EACH }, (_, i) => ({
        name: `step ${i}`,
        id: id(100_000 + s * 1000 + i),
        start_time: from + i * 0.001,
        end_time: from + i * 0.001 + 0.0009,
      })),
    };
  }
}

beforeAll(async () => {
  service = await start();
  browser = await launch();
  let some: object[] = [];
  for (const document of documents()) {
    some.push(document);
    if (some.length < 20) continue;
    await service.put(...some);
    some = [];
  }
  if (some.length > 0) await service.put(...some);
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

describe('a trace of 50 000 entities', () => {
  it('opens, unfolds and scrolls', async () => {
    const { page, complaints } = await visit(browser, `${service.url}/settings`);
    const begun = Date.now();
    let answered = 0;
    page.on('response', r => {
      if (/console\/v1\/traces\//.test(r.url())) answered = Date.now();
    });
    await page.goto(`${service.url}/traces/${TRACE}`, { waitUntil: 'commit' });
    const grid = page.getByRole('treegrid');
    await grid.locator('[data-row]').first().waitFor();
    const opened = Date.now();
    await grid.focus();
    for (let level = 0; level < 4; level++) await page.keyboard.press('e');
    const rows = Number(await grid.getAttribute('aria-rowcount'));
    const frames = await page.evaluate(async () => {
      const scroller = document.querySelector('[role="treegrid"]')?.parentElement;
      if (!scroller) return [];
      const times: number[] = [];
      let last = await new Promise<number>(requestAnimationFrame);
      for (let i = 0; i < 120; i++) {
        scroller.scrollTop += 260;
        const at = await new Promise<number>(requestAnimationFrame);
        times.push(at - last);
        last = at;
      }
      return times;
    });
    const sorted = frames.toSorted((a, b) => a - b);
    const ms = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
    console.log(
      `${rows} rows: first rows ${opened - begun} ms after the address, ${opened - answered} ms after the answer; frames while scrolling p50 ${ms(0.5)} ms, p95 ${ms(0.95)} ms`,
    );
    await picture(page, 'trace-50000');
    await page.keyboard.press('End');
    await grid.locator(`[aria-rowindex="${rows}"]`).waitFor();
    expect(rows).toBeGreaterThan(SEGMENTS);
    expect(complaints).toEqual([]);
  });
});
