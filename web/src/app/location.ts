import { useCallback, useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';
import type { Codec, Params, Values } from '../url/codec';
import { link, type Shared } from '../url/shared';

/** The console's path in front of its routes, without a slash at the end: "" or "/prefix". */
export const BASE = typeof document === 'undefined' ? '' : new URL(document.baseURI).pathname.replace(/\/$/, '');

/** The present path without the base, and the parameters without the question mark. */
export function here(): { path: string; search: string } {
  const { pathname, search } = window.location;
  return { path: pathname.slice(BASE.length) || '/', search: search.replace(/^\?/, '') };
}

export interface Navigation {
  /** Do not add an entry to the history: for changes that follow a finger. */
  replace?: boolean;
}

/**
 * The values of a page's parameters in the address, and a function that changes some of them.
 * The function may be kept: it reads the address when it is called.
 */
export function useUrl<P extends Params>(
  codec: Codec<P>,
): [Values<P>, (change: Partial<Values<P>>, how?: Navigation) => void] {
  const search = useSearch();
  const [, navigate] = useLocation();
  const values = useMemo(() => codec.parse(search), [codec, search]);
  const change = useCallback(
    (change: Partial<Values<P>>, how: Navigation = {}) => {
      const now = here();
      const next = codec.format(change, now.search);
      if (next !== now.search) navigate(next ? `${now.path}?${next}` : now.path, { replace: how.replace ?? false });
    },
    [codec, navigate],
  );
  return [values, change];
}

/** A function that goes to a page, taking the shared parameters along: see link. */
export function useGo(): (
  path: string,
  params?: Partial<Shared> & Record<string, unknown>,
  keep?: { q?: boolean },
) => void {
  const [, navigate] = useLocation();
  return useCallback((path, params, keep) => navigate(link(path, here().search, params, keep)), [navigate]);
}
