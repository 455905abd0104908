import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, expect } from 'vitest';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Debian's Chromium, or CHROMIUM. */
export async function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export interface View {
  theme?: 'light' | 'dark' | 'contrast';
  language?: 'en' | 'ja';
  width?: number;
  height?: number;
  /** Go on where a certificate is not trusted, as that of a provider of tests. */
  untrusted?: boolean;
}

export interface Visit {
  page: Page;
  context: BrowserContext;
  /** What went wrong in the page: exceptions, console errors, violations of the policy, requests elsewhere. */
  complaints: string[];
}

const contexts: BrowserContext[] = [];
afterAll(async () => {
  await Promise.all(contexts.splice(0).map(c => c.close()));
});

/** Opens an address with a clean profile. */
export async function visit(browser: Browser, url: string, view: View = {}): Promise<Visit> {
  const { theme = 'light', language = 'en', width = 1280, height = 800 } = view;
  const context = await browser.newContext({
    viewport: { width, height },
    locale: language === 'ja' ? 'ja-JP' : 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
    ignoreHTTPSErrors: view.untrusted ?? false,
    colorScheme: theme === 'dark' ? 'dark' : 'light',
  });
  contexts.push(context);
  if (url.startsWith('http'))
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(url).origin });
  if (theme === 'contrast') {
    await context.addInitScript(() => localStorage.setItem('radiograph.preferences', '{"theme":"contrast"}'));
  }
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', e => complaints.push(`exception: ${e.message}`));
  page.on('console', m => {
    // Chromium logs every refused request; what the console does about it is tested, not that it is logged.
    if (m.type() === 'error' && !m.text().startsWith('Failed to load resource'))
      complaints.push(`console: ${m.text()}`);
  });
  page.on('request', r => {
    if (!r.url().startsWith(new URL(url).origin) && !r.url().startsWith('data:') && !r.url().startsWith('blob:'))
      complaints.push(`request: ${r.url()}`);
  });
  await page.goto(url);
  return { page, context, complaints };
}

/** Keeps a picture for people to look at, in test/e2e/screenshots. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync('test/e2e/screenshots', { recursive: true });
  await page.screenshot({ path: join('test/e2e/screenshots', `${name}.png`) });
}

interface Violation {
  id: string;
  help: string;
  nodes: { target: string[]; failureSummary: string }[];
}

/** Fails when axe finds something against WCAG 2.2 AA on the page as it is. */
export async function accessible(page: Page): Promise<void> {
  // evaluate runs outside of the page's policy, which forbids scripts that are no files.
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const run = (
      globalThis as unknown as {
        axe: { run(context: unknown, options: unknown): Promise<{ violations: Violation[] }> };
      }
    ).axe;
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    // Popovers hang below the body, with a button for screen readers that belongs to no landmark.
    return (await run.run(document, { runOnly: { type: 'tag', values: tags }, rules: { region: { enabled: false } } }))
      .violations;
  });
  const told = violations.map(
    v =>
      `${v.id}: ${v.help}\n${v.nodes
        .slice(0, 4)
        .map(n => `  ${n.target.join(' ')}\n    ${n.failureSummary.replaceAll('\n', '\n    ')}`)
        .join('\n')}`,
  );
  expect(told.join('\n')).toBe('');
}

/** Fails when something is wider than the screen, so that the page scrolls sideways. */
export async function fits(page: Page): Promise<void> {
  const [content, screen] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  expect(content).toBeLessThanOrEqual(screen ?? 0);
}
