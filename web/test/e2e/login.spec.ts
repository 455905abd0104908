import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, fits, launch, picture, visit } from './browser';
import { addressOf, binary } from './server';

const run = promisify(execFile);

let data: string;
let url: string;
let key: { id: string; secret: string };
let browser: Browser;
const children: ChildProcess[] = [];

/** A port that nobody listens on: the provider has to know the address before the service is there. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'radiograph-e2e-'));
  const { stdout } = await run(binary, ['iam', 'bootstrap', '--data', data]);
  const value = (name: string) => new RegExp(`${name}=(\\S+)`).exec(stdout)?.[1] ?? '';
  key = { id: value('AWS_ACCESS_KEY_ID'), secret: value('AWS_SECRET_ACCESS_KEY') };
  const port = await freePort();
  const redirect = `http://127.0.0.1:${port}/console/v1/login/callback`;
  const provider = join(data, 'provider');
  await run('go', ['build', '-o', provider, './cmd/provider'], { cwd: resolve('../test/login') });
  const authority = join(data, 'provider.crt');
  const idp = spawn(provider, ['-redirect', redirect, '-authority', authority], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(idp);
  const issuer = await new Promise<string>(done => idp.stdout?.once('data', (b: Buffer) => done(b.toString().trim())));
  const config = join(data, 'radiograph.yaml');
  await writeFile(
    config,
    JSON.stringify({
      data,
      auth: { mode: 'sigv4' },
      http: { listen: `127.0.0.1:${port}` },
      daemon: { udp: '', tcp: '' },
      otlp: { grpc: '', http: '' },
      log: { level: 'error' },
      login: {
        oidc: {
          issuer,
          client_id: 'radiograph',
          client_secret_file: join(data, 'secret'),
          redirect_url: redirect,
          ca_file: authority,
          viewer_values: ['tracing-viewers'],
          operator_values: ['tracing-operators'],
          admin_values: ['tracing-admins'],
        },
      },
    }),
  );
  await writeFile(join(data, 'secret'), 'a-secret-of-the-client');
  const service = spawn(binary, ['server', '--config', config], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(service);
  url = await addressOf(service);
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  for (const child of children.reverse()) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
  await rm(data, { recursive: true, force: true });
});

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name, exact: true });

describe('logging in with an access key', () => {
  it.each([
    ['light', 'en', 1280],
    ['dark', 'ja', 1280],
    ['contrast', 'en', 390],
  ] as const)('shows a page: %s %s %d', async (theme, language, width) => {
    const { page, complaints } = await visit(browser, `${url}/groups`, { theme, language, width });
    await heading(page, language === 'ja' ? 'サインイン' : 'Sign in').waitFor();
    await picture(page, `login-${theme}-${language}-${width}`);
    await accessible(page);
    await fits(page);
    expect(complaints).toEqual([]);
  });

  it('works, and ends with the logout', async () => {
    const { page, complaints, context } = await visit(browser, `${url}/groups?t=1h`);
    await page.getByLabel('Access key id').fill(key.id);
    await page.getByLabel('Secret access key').fill('not the secret');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'do not belong together' }).waitFor();
    await accessible(page);
    await page.getByLabel('Secret access key').fill(key.secret);
    await page.keyboard.press('Enter');
    await heading(page, 'Groups').waitFor();
    expect(page.url()).toBe(`${url}/groups?t=1h`);
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ name: 'radiograph-session', httpOnly: true, sameSite: 'Lax' });
    expect(await page.evaluate(() => document.cookie)).toBe('');
    expect(await page.locator('[data-denied]').count()).toBe(0);
    await page.getByRole('button', { name: 'Signed in as administrator' }).click();
    await page.getByText('administrator · Administrator').waitFor();
    await picture(page, 'login-menu');
    await accessible(page);
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await heading(page, 'Sign in').waitFor();
    await page.reload();
    await heading(page, 'Sign in').waitFor();
    expect(complaints).toEqual([]);
  });

  it('comes back when the session has ended elsewhere', async () => {
    const { page, context } = await visit(browser, `${url}/groups`);
    await page.getByLabel('Access key id').fill(key.id);
    await page.getByLabel('Secret access key').fill(key.secret);
    await page.keyboard.press('Enter');
    await heading(page, 'Groups').waitFor();
    await context.clearCookies();
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await heading(page, 'Sign in').waitFor();
  });
});

/** Logs in at the provider, from the login page. */
async function throughProvider(name: string, path: string, language: 'en' | 'ja' = 'en') {
  const visited = await visit(browser, `${url}${path}`, { language, untrusted: true });
  const { page } = visited;
  await page
    .getByRole('button', { name: language === 'ja' ? '127.0.0.1 でサインイン' : 'Sign in with 127.0.0.1' })
    .click();
  await page.locator('input[name=username]').fill(name);
  await page.locator('input[name=password]').fill('verysecure');
  await page.keyboard.press('Enter');
  return visited;
}

describe('logging in with a provider', () => {
  it('returns to the page, and tells a viewer what is not allowed', async () => {
    const { page } = await throughProvider('viewer', '/groups?t=1h');
    await heading(page, 'Groups').waitFor();
    expect(page.url()).toBe(`${url}/groups?t=1h`);
    await page.getByRole('button', { name: 'Signed in as viewer' }).waitFor();
    const create = page.locator('[data-denied="xray:CreateGroup"]').first();
    await create.waitFor();
    expect(await create.getAttribute('title')).toBe('You may not do this: it needs the permission xray:CreateGroup.');
    expect(await create.getByRole('button').isDisabled()).toBe(true);
    await picture(page, 'login-viewer');
    await accessible(page);
    await page.goto(`${url}/sampling`);
    await page.locator('[data-denied="xray:CreateSamplingRule"]').first().waitFor();
    await accessible(page);
  });

  it('lets an operator create, and not delete', async () => {
    const { page } = await throughProvider('operator', '/groups');
    await heading(page, 'Groups').waitFor();
    expect(await page.locator('[data-denied="xray:CreateGroup"]').count()).toBe(0);
    const status = await page.evaluate(async () => {
      const ask = (path: string, body: object) => fetch(path, { method: 'POST', body: JSON.stringify(body) });
      const name = { GroupName: 'Red' };
      return [
        (await ask('/CreateGroup', { ...name, FilterExpression: 'fault' })).status,
        (await ask('/DeleteGroup', name)).status,
      ];
    });
    expect(status).toEqual([200, 403]);
  });

  it.each(['en', 'ja'] as const)('says who has no role: %s', async language => {
    const { page } = await throughProvider('outsider', '/groups', language);
    await heading(page, language === 'ja' ? 'サインインできませんでした' : 'You are not signed in').waitFor();
    await page
      .getByRole('alert')
      .filter({ hasText: language === 'ja' ? 'ロールがありません' : 'no role on this server' })
      .waitFor();
    await picture(page, `login-refused-${language}`);
    await accessible(page);
    expect(page.url()).not.toContain('login=');
  });
});
