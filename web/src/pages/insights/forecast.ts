import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { period } from '../../api/queries';
import { xray } from '../../api/xray';
import type { Window } from '../../time/range';
import { points } from './insights';

export interface Forecast {
  group: string;
  /** Of one service; without it of what clients saw. */
  selector?: string | undefined;
  window: Window;
}

/** Faults over time with what was expected. What is not wanted yet is not asked for. */
export function useForecast({ group, selector, window: w }: Forecast, wanted = true) {
  const seconds = w.to - w.from > 6 * 3_600_000 ? 300 : 60;
  const found = useQuery({
    queryKey: ['forecast', w.from, w.to, group, selector ?? ''],
    queryFn: ({ signal }) =>
      xray.timeSeries(
        {
          ...period(w),
          ...(group === 'Default' ? {} : { GroupName: group }),
          ...(selector ? { EntitySelectorExpression: selector } : {}),
          Period: seconds,
          ForecastStatistics: true,
        },
        signal,
      ),
    staleTime: 60_000,
    enabled: wanted,
  });
  return { ...found, points: useMemo(() => points(found.data ?? [], seconds), [found.data, seconds]) };
}
