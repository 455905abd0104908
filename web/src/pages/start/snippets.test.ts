import { describe, expect, it } from 'vitest';
import { addressesFor, LANGUAGES, PLACES, replaceHost, SDKS, snippets, testTrace } from './snippets';

const me = {
  endpoint: 'http://127.0.0.1:2080',
  daemon: '127.0.0.1:2000',
  otlp: { http: 'http://127.0.0.1:4318', grpc: '127.0.0.1:4317' },
  region: 'eu-west-1',
};
const page = new URL('http://127.0.0.1:2080/start');

describe('addresses', () => {
  it('replace the loopback host alone', () => {
    expect(replaceHost('http://127.0.0.1:2080', 'h')).toBe('http://h:2080');
    expect(replaceHost('[::]:2000', 'h')).toBe('h:2000');
    expect(replaceHost(':2000', 'h')).toBe('h:2000');
    expect(replaceHost('traces.example.com:2000', 'h')).toBe('traces.example.com:2000');
    expect(replaceHost('tcp:127.0.0.1:1 udp:127.0.0.1:2', 'h')).toBe('tcp:h:1 udp:h:2');
    expect(replaceHost('', 'h')).toBe('');
  });
  it('are as the application sees them', () => {
    expect(addressesFor(me, 'local', page).daemon).toBe('127.0.0.1:2000');
    expect(addressesFor(me, 'docker', page).daemon).toBe('host.docker.internal:2000');
    expect(addressesFor(me, 'kubernetes', page)).toMatchObject({ daemon: 'radiograph:2000', standIn: true });
    const far = addressesFor(me, 'ec2', new URL('https://traces.example.com/start'));
    expect(far).toMatchObject({ otlp: 'http://traces.example.com:4318', standIn: false });
  });
  it('take spans at the API when OTLP has no port of its own', () => {
    expect(addressesFor({ ...me, otlp: { http: '', grpc: '' } }, 'local', page).otlp).toBe('http://127.0.0.1:2080');
  });
});

describe('snippets', () => {
  it('are there for every choice, with the addresses', () => {
    for (const place of PLACES)
      for (const language of LANGUAGES)
        for (const sdk of SDKS) {
          const at = addressesFor(me, place, page);
          const found = snippets({ place, language, sdk }, at);
          expect(found[0]?.text).toContain(sdk === 'xray' ? at.daemon : at.otlp);
          expect(found.every(s => s.text.trim() !== '')).toBe(true);
        }
  });
});

it('a test trace has an id of its second', () => {
  const t = testTrace(1_753_000_000_500, n => new Uint8Array(n).fill(0xab));
  expect(t.id).toBe('1-687ca840-abababababababababababab');
  expect(JSON.parse(t.document)).toMatchObject({ trace_id: t.id, end_time: 1_753_000_000.5 });
});
