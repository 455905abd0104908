import { queryOptions, useQuery } from '@tanstack/react-query';
import { type Action, sessionApi, type Who } from '../api/session';

/** Who one is. Servers without logins, older ones and those that refuse to say: undefined. */
export const session = () =>
  queryOptions({
    queryKey: ['session'],
    queryFn: ({ signal }) => sessionApi.who(signal),
    staleTime: 60_000,
    retry: false,
  });

export function useWho(): Who | undefined {
  return useQuery({ ...session(), enabled: false }).data;
}

/** Whether the server would let one do that. What is not known is tried: the server decides. */
export function may(who: Who | undefined, action: Action): boolean {
  return who === undefined || who.authentication === 'off' || who.allowed.includes(action);
}

/** Why nobody was logged in, as the server says it in the address; other words mean the last. */
export const REASONS = ['state', 'canceled', 'token', 'role', 'provider'] as const;

export type Reason = (typeof REASONS)[number];

export function refusal(search: string): { reason: Reason; request: string } | undefined {
  const params = new URLSearchParams(search);
  const said = params.get('login');
  if (said === null) return undefined;
  const request = params.get('request') ?? '';
  return {
    reason: REASONS.find(r => r === said) ?? 'provider',
    request: /^[0-9a-f-]{36}$/.test(request) ? request : '',
  };
}

/** The address without what a login left in it. */
export function withoutRefusal(address: { pathname: string; search: string; hash: string }): string {
  const params = new URLSearchParams(address.search);
  if (!params.has('login')) return address.pathname + address.search + address.hash;
  params.delete('login');
  params.delete('request');
  const search = params.toString();
  return address.pathname + (search ? `?${search}` : '') + address.hash;
}

/** What to show: nothing yet, the login page, or the console. */
export function placeOf(who: Who | undefined, known: boolean, refused: boolean): 'wait' | 'login' | 'console' {
  if (!known) return 'wait';
  if (!who || who.authentication === 'off') return 'console';
  return who.user && !refused ? 'console' : 'login';
}
