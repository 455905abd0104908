import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorOf } from './errors';
import { faultOf, inGroup } from './queries';
import { EventParser } from './sse';

describe('errors', () => {
  it('have the name of the header and the text of the body', async () => {
    const answer = new Response('{"Message":"Group not found"}', {
      status: 400,
      headers: { 'x-amzn-errortype': 'InvalidRequestException:http://x/', 'x-amzn-requestid': 'abc' },
    });
    const err = await errorOf(answer, 'GetGroup');
    expect(err).toMatchObject({
      code: 'InvalidRequestException',
      message: 'Group not found',
      status: 400,
      requestId: 'abc',
    });
    expect(err.transient).toBe(false);
  });
  it("take a proxy's page", async () => {
    const err = await errorOf(
      new Response('<h1>Bad gateway</h1>', { status: 502, statusText: 'Bad Gateway' }),
      'Groups',
    );
    expect(err).toMatchObject({ code: 'HTTP 502', message: 'Bad Gateway', transient: true });
  });
});

describe('faults of filters', () => {
  it('are read from what the server says', () => {
    const corpus = JSON.parse(readFileSync('../filter/testdata/corpus.json', 'utf8')) as {
      invalid: { expr: string; error: string }[];
    };
    for (const { error } of corpus.invalid) expect(faultOf(error), error).toBeDefined();
    expect(
      faultOf("Error Location: line 1, position 8 : Invalid input symbol: 'ma' : unknown keyword 'madeup'"),
    ).toMatchObject({
      line: 1,
      position: 8,
      symbol: 'ma',
      detail: "unknown keyword 'madeup'",
    });
    expect(faultOf('Rate exceeded')).toBeUndefined();
  });
});

it('a group is one term more', () => {
  expect(inGroup('', 'a"b')).toBe('group.name = "a\\"b"');
  expect(inGroup('ok OR fault', 'x')).toBe('group.name = "x" AND (ok OR fault)');
  expect(inGroup('ok', 'Default')).toBe('ok');
});

describe('event streams', () => {
  const stream = ': hello\r\n\r\nevent: traces\r\nid: 7\r\ndata: {"a":\r\ndata: 1}\r\n\r\ndata:x\n\n';
  const want = [
    { event: 'traces', data: '{"a":\n1}', id: '7' },
    { event: 'message', data: 'x', id: '7' },
  ];
  it('are read in one piece', () => {
    expect(new EventParser().push(stream)).toEqual(want);
  });
  it('are read letter by letter', () => {
    const parser = new EventParser();
    expect([...stream].flatMap(c => parser.push(c))).toEqual(want);
  });
});
