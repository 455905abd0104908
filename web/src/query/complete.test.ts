import { describe, expect, it } from 'vitest';
import { completeHere, type Known } from './complete';

const known: Known = {
  values: new Map([
    [
      'user',
      new Map([
        ['anna', 2],
        ['bob "b"', 5],
      ]),
    ],
    ['service', new Map([['payments', 3]])],
    ['annotation.items', new Map([['12', 1]])],
  ]),
  keys: ['tenant', 'items', 'app.version'],
};

const texts = (before: string) => completeHere(before, known).suggestions.map(s => s.text);

describe('completion without the server', () => {
  it('begins with keywords', () => {
    expect(texts('')).toContain('responsetime');
    expect(texts('resp')).toEqual(['responsetime']);
    expect(texts('fault AND serv')).toEqual(['service(']);
  });
  it('knows the place', () => {
    expect(texts('service("a") { ro')).toEqual(['root']);
    expect(texts('ro')).not.toContain('root');
    expect(texts('rootcause.fault.exception { mess')).toEqual(['message']);
  });
  it('offers operators of the kind', () => {
    expect(texts('fault ')).toEqual(['=', '!=', 'AND', 'OR']);
    expect(texts('http.url c')).toEqual(['CONTAINS']);
  });
  it('offers values, the frequent ones first', () => {
    expect(texts('user = ')).toEqual(['"bob \\"b\\""', '"anna"']);
    expect(texts('user = "an')).toEqual(['"anna"']);
    expect(texts('service("p')).toEqual(['"payments"']);
    expect(texts('fault = t')).toEqual(['true']);
    expect(texts('annotation.items > ')).toEqual(['12']);
  });
  it('offers keys', () => {
    expect(texts('annotation.t')).toEqual(['annotation.tenant']);
    expect(texts('annotation[app')).toEqual(['annotation[app.version]']);
  });
  it('says what is replaced', () => {
    expect(completeHere('user = "an', known).from).toBe(7);
  });
});
