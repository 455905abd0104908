import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** The binary under test: RADIOGRAPH_BIN, or the one that make build leaves. */
export const binary = process.env.RADIOGRAPH_BIN ?? resolve('../bin/radiograph');

export interface Service {
  /** Address without a slash at the end. */
  url: string;
  /** Calls an operation of the X-Ray API. */
  call<T>(operation: string, request: object): Promise<T>;
  /** Sends traces of the load shop, always the same for a seed, and waits until they are stored. */
  load(traces: number, seed?: number): Promise<void>;
  /** Sends segment documents. */
  put(...documents: object[]): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a service of its own on free loopback ports, with its data in a new directory. */
export async function start(options: { demo?: boolean; outage?: boolean } = {}): Promise<Service> {
  if (!existsSync(binary)) throw new Error(`there is no ${binary}: make web build`);
  const data = await mkdtemp(join(tmpdir(), 'radiograph-e2e-'));
  // Traffic of the past cannot be sent: what counts is when it was received.
  if (options.outage) await promisify(execFile)('go', ['run', './test/outage', '-data', data], { cwd: resolve('..') });
  const args = [
    'up',
    '--data',
    data,
    '--http',
    '127.0.0.1:0',
    '--daemon',
    '127.0.0.1:0',
    '--otlp-grpc',
    '127.0.0.1:0',
    '--otlp-http',
    '127.0.0.1:0',
    '--log-format',
    'json',
    '--log-level',
    'warn',
  ];
  if (options.demo) args.push('--demo');
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await addressOf(child);
  const call = async <T>(operation: string, request: object): Promise<T> => {
    const answer = await fetch(`${url}/${operation}`, { method: 'POST', body: JSON.stringify(request) });
    if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  return {
    url,
    call,
    async load(traces, seed = 1) {
      await promisify(execFile)(binary, [
        'load',
        '--endpoint',
        url,
        '--traces',
        String(traces),
        '--seed',
        String(seed),
        '--verify',
        '--quiet',
        '--connections',
        '1',
      ]);
    },
    async put(...documents) {
      const answer = await call<{ UnprocessedTraceSegments: object[] }>('TraceSegments', {
        TraceSegmentDocuments: documents.map(d => JSON.stringify(d)),
      });
      if (answer.UnprocessedTraceSegments.length > 0) throw new Error(JSON.stringify(answer.UnprocessedTraceSegments));
    },
    async stop() {
      if (child.exitCode === null) {
        const ended = new Promise(done => child.once('exit', done));
        child.kill('SIGTERM');
        await ended;
      }
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** Reads the address from what the command prints. */
export function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    let out = '';
    child.stdout?.on('data', (piece: Buffer) => {
      out += piece.toString();
      const m = /(http:\/\/127\.0\.0\.1:\d+)\s/.exec(out);
      if (m?.[1]) done(m[1]);
    });
    child.once('error', fail);
    child.once('exit', code => fail(new Error(`the service ended with ${code}: ${out}`)));
  });
}

/** Waits until a condition holds, asking again and again; the test's own limit ends it. */
export async function until<T>(condition: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await condition();
    if (found) return found;
    await new Promise(done => setTimeout(done, 100));
  }
}
