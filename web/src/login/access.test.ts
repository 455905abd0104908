import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/errors';
import type { Who } from '../api/session';
import { may, placeOf, refusal, withoutRefusal } from './access';

const who = (over: Partial<Who> = {}): Who => ({
  authentication: 'sigv4',
  methods: ['key'],
  provider: '',
  user: { name: 'ana', arn: 'arn:aws:iam::000000000000:user/ana', method: 'key', role: 'viewer' },
  expires: null,
  allowed: ['radiograph:ConsoleRead'],
  ...over,
});

describe('what is shown', () => {
  it.each([
    [undefined, false, false, 'wait'],
    [undefined, true, false, 'console'],
    [who({ authentication: 'off', user: null }), true, false, 'console'],
    [who({ authentication: 'off', user: null }), true, true, 'console'],
    [who(), true, false, 'console'],
    [who({ user: null }), true, false, 'login'],
    [who(), true, true, 'login'],
  ] as const)('%#', (w, known, refused, place) => {
    expect(placeOf(w, known, refused)).toBe(place);
  });
});

describe('may', () => {
  it('follows what the server allows', () => {
    expect(may(who(), 'radiograph:ConsoleRead')).toBe(true);
    expect(may(who(), 'xray:DeleteGroup')).toBe(false);
  });
  it('leaves to the server what is not known', () => {
    expect(may(undefined, 'xray:DeleteGroup')).toBe(true);
    expect(may(who({ authentication: 'off', allowed: [] }), 'xray:DeleteGroup')).toBe(true);
  });
});

describe('a refused login', () => {
  const request = '7b8e6f0e-0b1f-4a43-9a0e-0123456789ab';
  it('is read from the address', () => {
    expect(refusal('?t=1h')).toBeUndefined();
    expect(refusal(`?login=role&request=${request}`)).toEqual({ reason: 'role', request });
    expect(refusal('?login=<b>&request=<b>')).toEqual({ reason: 'provider', request: '' });
    expect(refusal('?login=')).toEqual({ reason: 'provider', request: '' });
  });
  it('is taken out of the address', () => {
    const at = (search: string) => withoutRefusal({ pathname: '/p/traces', search, hash: '#x' });
    expect(at('?q=a%20b')).toBe('/p/traces?q=a%20b#x');
    expect(at(`?login=role&request=${request}`)).toBe('/p/traces#x');
    expect(at('?q=a&login=role')).toBe('/p/traces?q=a#x');
  });
});

describe('an error', () => {
  it('says that nobody is logged in', () => {
    const error = (code: string, status: number) => new ApiError(code, '', status, undefined, 'Groups').unauthenticated;
    expect(error('MissingAuthenticationTokenException', 403)).toBe(true);
    expect(error('UnauthorizedException', 401)).toBe(true);
    expect(error('AccessDeniedException', 403)).toBe(false);
  });
});
