import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { period } from '../../api/queries';
import type { Insight, ServiceId } from '../../api/shapes';
import { xray } from '../../api/xray';
import { keyOf } from '../../map/model';
import type { Window } from '../../time/range';

const node = (s: ServiceId) => keyOf({ name: s.Name, type: s.Type, account: s.AccountId });

/** The nodes that an insight is about: its root cause, and where else it was seen. */
export function nodesOf(i: Insight): string[] {
  return [...new Set([node(i.RootCauseServiceId), ...i.TopAnomalousServices.map(s => node(s.ServiceId))])];
}

export interface Insights {
  /** By node, the newest first. */
  of: ReadonlyMap<string, readonly Insight[]>;
  /** Nodes with one that is active. */
  active: ReadonlySet<string>;
}

/**
 * The insights of a range. They are asked for when the map is there, so as not to hold it up, and a server
 * that has none or does not know them says nothing about that.
 */
export function useInsights(w: Window, group: string | undefined, ready: boolean): Insights {
  const found = useQuery({
    queryKey: ['insights', w.from, w.to, [group ?? 'Default']],
    queryFn: ({ signal }) => xray.insights({ ...period(w), GroupName: group ?? 'Default' }, signal),
    enabled: ready,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 60_000,
  });
  return useMemo(() => {
    const of = new Map<string, Insight[]>();
    const active = new Set<string>();
    for (const i of (found.data ?? []).toSorted((a, b) => b.StartTime - a.StartTime)) {
      for (const key of nodesOf(i)) {
        of.set(key, [...(of.get(key) ?? []), i]);
        if (i.State === 'ACTIVE') active.add(key);
      }
    }
    return { of, active };
  }, [found.data]);
}
