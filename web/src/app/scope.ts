import { useCallback, useMemo } from 'react';
import { useSearch } from 'wouter';
import { resolve, type TimeRange, type Window } from '../time/range';
import type { Zone } from '../time/zone';
import { rangeOf, rangeParams, type Shared, shared } from '../url/shared';
import { type Navigation, useUrl } from './location';
import { setPreferences, usePreferences } from './preferences';
import { refreshNow, useSession } from './session';

/** What a page is about: the shared parameters, each from the address or else a preference. */
export interface Scope {
  range: TimeRange;
  /** The range at the last refresh: what requests use. The same object until it changes. */
  window: Window;
  group: string | undefined;
  filter: string;
  /** Seconds between refreshes; 0 is never. */
  refresh: number;
  zone: Zone;
  /** Which of them the address sets, against the reader's own choice. */
  byLink: { range: boolean; refresh: boolean; zone: boolean };
}

/** The range, group and filter that an address names, with the reader's own range when it names none. */
export function scopeOf(search: string, preferred: number): Pick<Scope, 'range' | 'group' | 'filter'> {
  const given = shared.parse(search);
  return {
    range: rangeOf(given) ?? { kind: 'relative', seconds: preferred },
    group: given.g === 'Default' ? undefined : given.g,
    filter: given.q,
  };
}

export function useScope(): Scope {
  const search = useSearch();
  const now = useSession(s => s.now);
  const preferred = usePreferences(p => p.range);
  const preferredRefresh = usePreferences(p => p.refresh);
  const preferredZone = usePreferences(p => p.zone);
  const given = useMemo(() => shared.parse(search), [search]);
  const { t, from, to } = given;
  const range = useMemo<TimeRange>(
    () => rangeOf({ t, from, to }) ?? { kind: 'relative', seconds: preferred },
    [t, from, to, preferred],
  );
  const window = useMemo(() => resolve(range, now), [range, now]);
  const { group, filter } = scopeOf(search, preferred);
  return {
    range,
    window,
    group,
    filter,
    refresh: given.r ?? preferredRefresh,
    zone: given.tz ?? preferredZone,
    byLink: {
      range: rangeOf(given) !== undefined && !(range.kind === 'relative' && range.seconds === preferred),
      refresh: given.r !== undefined && given.r !== preferredRefresh,
      zone: given.tz !== undefined && given.tz !== preferredZone,
    },
  };
}

/** Functions that change the scope in the address. They may be kept. */
export function useScopeChange() {
  const [, change] = useUrl(shared);
  const setRange = useCallback(
    (range: TimeRange, how?: Navigation) => {
      change(rangeParams(range), how);
      if (range.kind === 'relative') refreshNow();
    },
    [change],
  );
  const set = useCallback((params: Partial<Shared>, how?: Navigation) => change(params, how), [change]);
  return { setRange, set };
}

/** The zone in which moments are shown. */
export function useZone(): Zone {
  const search = useSearch();
  const preferred = usePreferences(p => p.zone);
  return useMemo(() => shared.parse(search).tz, [search]) ?? preferred;
}

/** Makes what a link set the reader's default. */
export function adopt(scope: Scope): void {
  setPreferences({
    ...(scope.range.kind === 'relative' ? { range: scope.range.seconds } : {}),
    refresh: scope.refresh,
    zone: scope.zone,
  });
}
