import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { queries } from '../../api/queries';
import type { HistogramEntry, TimeSeriesPoint } from '../../api/shapes';
import { useGo } from '../../app/location';
import type { Scope } from '../../app/scope';
import { addCounts, type Binned, binTime, countsOf, quantile } from '../../chart/bins';
import { type PercentileLine, Percentiles } from '../../chart/Percentiles';
import { TimeSeries } from '../../chart/TimeSeries';
import { useMessages } from '../../i18n';
import { absolute, type Window } from '../../time/range';
import { Problem, Skeleton } from '../../ui';
import { rangeParams } from '../../url/shared';
import { expression, type Selected, term } from './filter';
import styles from './map.module.css';
import { messages } from './messages';

/** Outcomes over time, from the time series that X-Ray's API has; a brush zooms the page. */
export function OverTime({ selected, scope }: { selected: Selected; scope: Scope }) {
  const text = useMessages(messages).side;
  const go = useGo();
  const found = useQuery(queries.timeSeries(scope.window, scope.group, term(selected)));
  const { binned, lines } = useMemo(() => binPoints(found.data ?? [], scope.window), [found.data, scope.window]);
  if (found.isPending) return <Skeleton rows={3} height={40} />;
  if (found.error) return <Problem error={found.error} onRetry={() => void found.refetch()} />;
  const onSelect = (w: Window | undefined) =>
    w && go('/traces', { ...rangeParams(absolute(w)), q: expression(scope.filter, selected) });
  return (
    <>
      <TimeSeries title={text.overTime} binned={binned} height={120} onSelect={onSelect} />
      <Percentiles title={text.responseTimes} binned={binned} lines={lines} onSelect={onSelect} />
      {scope.filter !== '' && <p className={styles.note}>{text.allOfNode}</p>}
    </>
  );
}

const SHARES = [0.5, 0.95, 0.99] as const;

/** Counts of each bar, and the percentiles of what lies in it. */
function binPoints(points: readonly TimeSeriesPoint[], w: Window): { binned: Binned; lines: PercentileLine[] } {
  const empty = binTime([], w, 60);
  const histograms: HistogramEntry[][] = empty.bins.map(() => []);
  let n = 0;
  for (const p of points) {
    const s = p.EdgeSummaryStatistics ?? p.ServiceSummaryStatistics;
    if (!s) continue;
    const at = Math.max(p.Timestamp * 1000, empty.bins[0]?.from ?? 0);
    const i = empty.bins.findIndex(b => at >= b.from && at < b.to);
    const target = empty.bins[i];
    if (!target) continue;
    addCounts(target.counts, countsOf(s));
    histograms[i]?.push(...p.ResponseTimeHistogram);
    n += s.TotalCount;
  }
  const lines = SHARES.map(share => ({ share, values: histograms.map(h => quantile(h, share)) }));
  return { binned: { ...empty, n }, lines };
}
