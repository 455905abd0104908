import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, fits, launch, picture, visit } from './browser';
import { type Service, start, until } from './server';

let service: Service;
let browser: Browser;

const now = Math.floor(Date.now() / 1000) - 60;
const traceId = (n: number) => `1-${now.toString(16)}-${n.toString(16).padStart(24, '0')}`;
const SHOP = traceId(1);
const SLOW = traceId(2);
const BIG = traceId(3);
const RUNNING = traceId(4);
const id = (n: number) => n.toString(16).padStart(16, '0');

/** A shop's request: two services, a database, a failed call with an exception, a segment whose parent is missing. */
function shop(trace: string, charge: number) {
  const end = now + 0.25 + charge;
  return [
    {
      name: 'storefront',
      id: id(1),
      trace_id: trace,
      start_time: now,
      end_time: end,
      fault: true,
      origin: 'AWS::ECS::Container',
      user: 'ada',
      aws: { ecs: { container: 'web-1', cluster: 'shop' }, xray: { sdk: 'X-Ray for Go' } },
      annotations: { tenant: 'blue', items: 3, gold: true },
      metadata: {
        default: { cart: { lines: [{ sku: 'A-1', count: 2 }], note: 'fragile' } },
        otlp: {
          version: 1,
          kind: 'server',
          events: [{ name: 'cache.miss', time: (now + 0.01) * 1e9, attributes: { key: 'cart:ada' } }],
          scope: { name: 'shop/http', version: '1.2.0' },
          resource: { attributes: { 'service.name': 'storefront' } },
        },
      },
      links: [{ trace_id: traceId(9), id: id(9) }],
      http: {
        request: { method: 'POST', url: 'https://shop.example/checkout', user_agent: 'curl/8', client_ip: '192.0.2.1' },
        response: { status: 502 },
      },
      subsegments: [
        { name: 'render', id: id(2), start_time: now + 0.02, end_time: now + 0.06 },
        {
          name: 'payments',
          id: id(3),
          namespace: 'remote',
          start_time: now + 0.08,
          end_time: now + 0.2 + charge,
          fault: true,
          http: { request: { method: 'POST', url: 'https://payments/charge' }, response: { status: 500 } },
        },
        {
          name: 'orders@db.example',
          id: id(4),
          namespace: 'remote',
          start_time: now + 0.03,
          end_time: now + 0.07,
          sql: {
            sanitized_query: 'SELECT id, total FROM orders WHERE customer = ? AND state = ? ORDER BY id LIMIT 10',
            database_type: 'PostgreSQL',
            url: 'postgresql://db.example:5432/orders',
          },
        },
      ],
    },
    {
      name: 'payments',
      id: id(5),
      trace_id: trace,
      parent_id: id(3),
      start_time: now + 0.09,
      end_time: now + 0.19 + charge,
      fault: true,
      http: { request: { method: 'POST', url: 'https://payments/charge' }, response: { status: 500 } },
      subsegments: [
        {
          name: 'charge',
          id: id(6),
          start_time: now + 0.1,
          end_time: now + 0.18 + charge,
          fault: true,
          cause: {
            working_directory: '/srv/payments',
            exceptions: [
              {
                id: id(100),
                type: 'ChargeError',
                message: 'the card service refused',
                cause: id(101),
                stack: [
                  { path: 'src/charge.js', line: 42, label: 'charge' },
                  { path: 'node_modules/retry/index.js', line: 7, label: 'retry' },
                ],
              },
              { id: id(101), type: 'TimeoutError', message: 'no answer in 100 ms', remote: true },
            ],
          },
        },
      ],
    },
    {
      name: 'mailer',
      id: id(7),
      trace_id: trace,
      parent_id: id(77),
      start_time: now + 0.21,
      end_time: now + 0.24,
      http: { response: { status: 200 } },
    },
  ];
}

/** Ten thousand rows in documents of a hundred. */
function* big(): Generator<object> {
  yield { name: 'gateway', id: id(1), trace_id: BIG, start_time: now, end_time: now + 20 };
  for (let s = 0; s < 100; s++) {
    const from = now + s * 0.2;
    const subsegments = Array.from({ length: 98 }, (_, i) => ({
      name: `step ${i}`,
      id: id(1000 + s * 100 + i),
      start_time: from + i * 0.002,
      end_time: from + i * 0.002 + 0.0019,
      ...(s === 50 && i === 50 ? { fault: true } : {}),
    }));
    yield {
      name: `service-${s % 12}`,
      id: id(500 + s),
      trace_id: BIG,
      parent_id: id(1),
      start_time: from,
      end_time: from + 0.198,
      subsegments: [{ name: 'work', id: id(900_000 + s), start_time: from, end_time: from + 0.198, subsegments }],
    };
  }
}

beforeAll(async () => {
  service = await start();
  browser = await launch();
  await service.put(...shop(SHOP, 0.15));
  await service.put(...shop(SLOW, 1.4));
  await service.put({ name: 'batch', id: id(1), trace_id: RUNNING, start_time: now, in_progress: true });
  const documents = [...big()];
  for (let i = 0; i < documents.length; i += 10) await service.put(...documents.slice(i, i + 10));
  await until(async () => {
    const answer = await fetch(`${service.url}/console/v1/traces/${BIG}`);
    return answer.ok && ((await answer.json()) as { count: number }).count >= 10_000;
  });
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

const rows = '[role="treegrid"] [role="row"][aria-level]';
const open = async (path: string, view: Parameters<typeof visit>[2] = {}) => {
  const visited = await visit(browser, `${service.url}${path}`, view);
  return visited;
};
const row = (page: Page, name: RegExp) => page.locator(rows).filter({ hasText: name }).first();

describe('a trace', () => {
  it.each([
    ['light', {}],
    ['dark', { theme: 'dark' }],
    ['contrast', { theme: 'contrast' }],
    ['ja', { language: 'ja' }],
    ['narrow', { width: 360, height: 740 }],
    ['narrow-ja', { width: 360, height: 740, language: 'ja', theme: 'dark' }],
  ] as const)('shows its timeline: %s', async (name, view) => {
    const { page, complaints } = await open(`/traces/${SHOP}`, view);
    await page.waitForSelector(rows);
    await picture(page, `trace-${name}`);
    await fits(page);
    await accessible(page);
    expect(complaints).toEqual([]);
  });

  it.each(['overview', 'resources', 'annotations', 'metadata', 'otlp'])('shows the panel: %s', async tab => {
    const { page, complaints } = await open(`/traces/${SHOP}?seg=${id(1)}&tab=${tab}`);
    await page.locator('[role="tabpanel"]').waitFor();
    await picture(page, `trace-panel-${tab}`);
    await accessible(page);
    expect(complaints).toEqual([]);
  });

  it('shows exceptions with causes, and statements', async () => {
    const { page } = await open(`/traces/${SHOP}?seg=${id(6)}&tab=exceptions`, { theme: 'dark' });
    await page.getByText('ChargeError').waitFor();
    await page.getByText('Caused by').waitFor();
    await picture(page, 'trace-panel-exceptions');
    await accessible(page);
    await page.goto(`${service.url}/traces/${SHOP}?seg=${id(4)}&tab=sql`);
    await page.getByText('ORDER BY id').waitFor();
    await picture(page, 'trace-panel-sql');
    await accessible(page);
  });

  it.each(['map', 'flame', 'stats', 'raw'])('has the view %s', async view => {
    for (const [name, how] of [
      ['light', {}],
      ['narrow-ja', { width: 360, height: 740, language: 'ja', theme: 'dark' }],
    ] as const) {
      const { page, complaints } = await open(`/traces/${SHOP}/${view}`, how);
      const there = {
        map: 'svg[role="img"]',
        flame: '[role="application"]',
        stats: '[role="grid"]',
        raw: 'section [data-index]',
      };
      await page.waitForSelector(there[view as keyof typeof there]);
      await picture(page, `trace-${view}-${name}`);
      await fits(page);
      await accessible(page);
      expect(complaints).toEqual([]);
    }
  });

  it('asks the service when the browser takes itself to be offline', async () => {
    const { page } = await open(`/traces/${SHOP}`);
    await page.waitForSelector(rows);
    // A change of interfaces is enough for that, also where the service is on the same machine.
    await page.evaluate(() => window.dispatchEvent(new Event('offline')));
    await page.keyboard.press('m');
    await page.waitForSelector('svg[role="img"]');
  });

  it('is read with the keyboard alone', async () => {
    const { page } = await open(`/traces/${SHOP}`);
    await page.waitForSelector(rows);
    const selected = () => page.locator(`${rows}[aria-selected="true"]`).textContent();
    const before = await page.locator(rows).count();
    await page.locator('[role="treegrid"]').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowLeft');
    expect(await page.locator(rows).count()).toBeLessThan(before);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await selected()).toContain('render');
    await page.keyboard.press('n');
    expect(await selected()).toContain('payments');
    await page.keyboard.press('Enter');
    await page.locator('[role="tabpanel"]').waitFor();
    expect(page.url()).toContain(`seg=${id(3)}`);
    await page.keyboard.press('Escape');
    await page.waitForURL(u => !u.search.includes('seg'));
    await page.keyboard.press('+');
    await page.waitForURL(/z=\d+~\d+/);
    await page.keyboard.press('0');
    await page.waitForURL(u => !u.search.includes('z='));
    await page.keyboard.press('a');
    await page.waitForURL(/crit=1/);
    expect(await page.locator(rows).filter({ hasText: 'render' }).count()).toBe(0);
    await picture(page, 'trace-critical');
    await page.keyboard.press('f');
    await page.waitForURL(/flame/);
    await page.keyboard.press('m');
    await page.waitForURL(/map/);
    await page.keyboard.press('o');
    await page.waitForSelector(rows);
  });

  it('finds, counts, and hides services', async () => {
    const { page } = await open(`/traces/${SHOP}`);
    await page.waitForSelector(rows);
    await page.keyboard.press('/');
    await page.keyboard.type('payments');
    await page.getByText(/of 3/).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('1 of 3').waitFor();
    await picture(page, 'trace-search');
    await page.goto(`${service.url}/traces/${SHOP}?prune=payments&color=service`);
    await row(page, /1 hidden/).waitFor();
    await picture(page, 'trace-pruned');
    await accessible(page);
  });

  it('has its rows by call tree or by segment', async () => {
    const { page, complaints } = await open(`/traces/${SHOP}`);
    const level = async (name: RegExp) => Number(await row(page, name).getAttribute('aria-level'));
    await page.waitForSelector(rows);
    expect(await level(/^\w*charge/)).toBe(4);
    const tree = page.getByRole('button', { name: 'By call tree' });
    expect(await tree.getAttribute('aria-pressed')).toBe('true');
    await tree.click();
    await page.waitForURL(/rows=segments/);
    expect(await level(/^\w*charge/)).toBe(2);
    await picture(page, 'trace-segments');
    await accessible(page);
    // What is opened is the row that was clicked, whatever the order.
    await row(page, /^\w*charge/).click();
    await page.waitForURL(new RegExp(`seg=${id(6)}`));
    await page.keyboard.press('b');
    await page.waitForURL(u => !u.search.includes('rows='));
    expect(await row(page, /^\w*charge/).getAttribute('aria-selected')).toBe('true');
    expect(complaints).toEqual([]);
  });

  it('refreshes itself while in progress', async () => {
    const { page } = await open(`/traces/${RUNNING}`);
    await page.getByText('Still in progress').waitFor();
    await picture(page, 'trace-running');
    await accessible(page);
    await service.put({ name: 'batch', id: id(1), trace_id: RUNNING, start_time: now, end_time: now + 3 });
    await page.getByText('Still in progress').waitFor({ state: 'detached' });
  });

  it('says what is missing', async () => {
    const { page } = await open(`/traces/${traceId(99)}`);
    await page.getByText('No such trace').waitFor();
    await picture(page, 'trace-gone');
    await accessible(page);
    await page.goto(`${service.url}/traces/nonsense`);
    await page.getByText('is no trace id').waitFor();
  });

  it('shows an error, and tries again', async () => {
    const { page } = await open('/settings');
    await page.route('**/console/v1/traces/**', r =>
      r.fulfill({
        status: 403,
        contentType: 'application/problem+json',
        body: '{"code":"AccessDenied","message":"no"}',
      }),
    );
    await page.evaluate(path => {
      history.pushState(null, '', path);
    }, `/traces/${SHOP}`);
    await page.locator('[role="alert"]').waitFor();
    await picture(page, 'trace-error');
  });
});

describe('a trace of ten thousand rows', () => {
  it('scrolls', async () => {
    const { page, complaints } = await open(`/traces/${BIG}`);
    await page.waitForSelector(rows);
    await picture(page, 'trace-big');
    for (let i = 0; i < 3; i++) await page.keyboard.press('e');
    await until(async () => {
      const n = await page.locator('[role="treegrid"]').getAttribute('aria-rowcount');
      return Number(n) > 9900;
    });
    const frames = await page.evaluate(async () => {
      const scroller = document.querySelector('[role="treegrid"]')?.parentElement as HTMLElement;
      const times: number[] = [];
      await new Promise<void>(done => {
        let before = performance.now();
        const step = (at: number) => {
          times.push(at - before);
          before = at;
          scroller.scrollTop += 260;
          if (times.length < 240) requestAnimationFrame(step);
          else done();
        };
        requestAnimationFrame(step);
      });
      return times.slice(5);
    });
    const sorted = [...frames].sort((a, b) => a - b);
    const mean = frames.reduce((a, b) => a + b, 0) / frames.length;
    console.info(
      `10 000 rows, 10 a frame: ${(1000 / mean).toFixed(1)} fps; frame p50 ${sorted[frames.length >> 1]?.toFixed(1)} ms, p95 ${sorted[Math.floor(frames.length * 0.95)]?.toFixed(1)} ms`,
    );
    await picture(page, 'trace-big-scrolled');
    await page.goto(`${service.url}/traces/${BIG}/flame`);
    await page.waitForSelector('[role="application"]');
    await picture(page, 'trace-big-flame');
    expect(complaints).toEqual([]);
  });
});

describe('callers of what is in view', () => {
  const stuck = '[data-above] > [data-row]';

  it('stay at the top, and are chosen and closed there', async () => {
    const { page, complaints } = await open(`/traces/${BIG}?find=step+97`, { theme: 'dark' });
    await page.waitForSelector(rows);
    // The first of a hundred matches is the last child of its parent.
    await page.keyboard.press('n');
    await page.locator(stuck).nth(2).waitFor();
    const above = page.locator(stuck);
    expect(await above.allTextContents()).toEqual([
      expect.stringMatching(/gateway/),
      expect.stringMatching(/service-/),
      expect.stringMatching(/work/),
    ]);
    await picture(page, 'trace-sticky');
    await accessible(page);
    // The row with the cursor is in view, below them and above the edge.
    const inView = await page.evaluate(selector => {
      const grid = document.querySelector('[role="treegrid"]');
      const cursor = document.querySelector('[role="row"][data-active="true"]')?.getBoundingClientRect();
      const last = [...document.querySelectorAll(selector)].at(-1)?.getBoundingClientRect();
      const edge = grid?.parentElement?.getBoundingClientRect();
      return cursor && last && edge && cursor.top >= last.bottom - 1 && cursor.bottom <= edge.bottom + 1;
    }, stuck);
    expect(inView).toBe(true);
    // A panel beside it, whose tools take another line, does not hide the row.
    await page.keyboard.press('Enter');
    await page.locator('[role="tabpanel"]').waitFor();
    await page.waitForFunction(() => {
      const cursor = document.querySelector('[role="row"][data-active="true"]')?.getBoundingClientRect();
      const edge = document.querySelector('[role="treegrid"]')?.parentElement?.getBoundingClientRect();
      return cursor && edge && cursor.bottom <= edge.bottom + 1;
    });
    await page.keyboard.press('Escape');
    await page.waitForURL(u => !u.search.includes('seg='));
    await above.nth(1).locator('[data-twisty]').click();
    await page.locator(`${rows}[aria-expanded="false"][aria-selected="true"]`).waitFor();
    await page.keyboard.press('n');
    await above.nth(2).waitFor();
    await above.nth(0).click();
    await page.waitForURL(/seg=/);
    await page.locator(`${rows}[aria-rowindex="2"][aria-selected="true"]`).waitFor();
    expect(complaints).toEqual([]);
  });
});

describe('calls that are nested deeper than a canvas is high', () => {
  it('are flames down to the last', async () => {
    const DEEP = traceId(5);
    const depth = 3000;
    const documents = Array.from({ length: depth }, (_, i) => ({
      name: `level ${i}`,
      id: id(i + 1),
      trace_id: DEEP,
      ...(i > 0 ? { parent_id: id(i) } : {}),
      start_time: now,
      end_time: now + 10,
    }));
    for (let i = 0; i < depth; i += 50) await service.put(...documents.slice(i, i + 50));
    await until(async () => {
      const answer = await fetch(`${service.url}/console/v1/traces/${DEEP}`);
      return answer.ok && ((await answer.json()) as { count: number }).count === depth;
    });
    const { page, complaints } = await open(`/traces/${DEEP}/flame?seg=${id(depth)}`);
    const flames = page.getByRole('application');
    await flames
      .getByText(`level ${depth - 1}`)
      .or(page.getByText(`› level ${depth - 1}`))
      .first()
      .waitFor();
    // What is selected is in view, and drawn: the canvas is no higher than the view.
    const [scrolled, high, view] = await flames.evaluate(e => [
      e.scrollTop,
      e.querySelector('canvas')?.clientHeight,
      e.clientHeight,
    ]);
    expect(scrolled).toBeGreaterThan(22 * (depth - 60));
    expect(high).toBe(view);
    await picture(page, 'trace-deep-flame');
    await flames.focus();
    await page.keyboard.press('ArrowUp');
    await page.waitForURL(new RegExp(`seg=${id(depth - 1)}`));
    expect(complaints).toEqual([]);
  });
});

describe('two traces', () => {
  it.each([
    ['light', {}],
    ['narrow-ja', { width: 360, height: 740, language: 'ja', theme: 'dark' }],
  ] as const)('are compared: %s', async (name, view) => {
    const { page, complaints } = await open(`/compare/${SHOP}...${SLOW}`, view);
    await page.locator('[role="grid"]').first().waitFor();
    if (name === 'light') await page.getByText('B is 1.25 s slower').waitFor();
    await picture(page, `compare-${name}`);
    await fits(page);
    await accessible(page);
    expect(complaints).toEqual([]);
  });
});
