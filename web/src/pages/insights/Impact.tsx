import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { period } from '../../api/queries';
import type { Insight } from '../../api/shapes';
import { xray } from '../../api/xray';
import { useFormats, useMessages } from '../../i18n';
import type { Window } from '../../time/range';
import { Empty, Problem, Skeleton } from '../../ui';
import { draw, type ImpactService, isService } from './insights';
import styles from './insights.module.css';
import { messages } from './messages';

const WIDTH = 176;
const HEIGHT = 50;
const GAP = { x: 64, y: 20 };

/** The way from the clients to the root cause. What is not affected is left out. */
export function Impact({ insight, window: w }: { insight: Insight; window: Window }) {
  const text = useMessages(messages);
  const format = useFormats();
  const found = useQuery({
    queryKey: ['impact', insight.InsightId, w.from, w.to],
    queryFn: ({ signal }) => xray.insightImpactGraph({ InsightId: insight.InsightId, ...period(w) }, signal),
    staleTime: 60_000,
  });
  const drawn = useMemo(() => draw(found.data?.Services ?? []), [found.data]);
  if (found.isPending) return <Skeleton rows={4} height={28} />;
  if (found.error) return <Problem error={found.error} onRetry={() => void found.refetch()} />;
  if (drawn.services.length === 0) return <Empty icon="map" title={text.graphEmpty} />;
  const { services, calls, places } = drawn;
  const x = (id: number) => 8 + (places.get(id)?.column ?? 0) * (WIDTH + GAP.x);
  const y = (id: number) => 8 + (places.get(id)?.row ?? 0) * (HEIGHT + GAP.y);
  const width = Math.max(...services.map(s => x(s.ReferenceId))) + WIDTH + 8;
  const height = Math.max(...services.map(s => y(s.ReferenceId))) + HEIGHT + 8;
  const summary = text.graphSummary(format.count(services.length), format.count(calls.length));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to take the focus
    <div className={styles.scene} role="region" aria-label={text.graphTitle} tabIndex={0}>
      <svg width={width} height={height} role="img" aria-label={`${text.graphTitle}: ${summary}`}>
        <defs>
          <marker id="impact-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 0 8 4 0 8z" fill="var(--control)" />
          </marker>
        </defs>
        {calls.map(([from, to]) => {
          const [x1, y1, x2, y2] = [x(from) + WIDTH, y(from) + HEIGHT / 2, x(to), y(to) + HEIGHT / 2];
          const bend = Math.max(30, Math.abs(x2 - x1) / 2);
          return (
            <path
              key={`${from}-${to}`}
              className={styles.call}
              d={`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - 2} ${y2}`}
              markerEnd="url(#impact-arrow)"
            />
          );
        })}
        {services.map(s => (
          <Service
            key={s.ReferenceId}
            service={s}
            at={`translate(${x(s.ReferenceId)} ${y(s.ReferenceId)})`}
            role={roleOf(s, insight)}
          />
        ))}
      </svg>
    </div>
  );
}

function roleOf(s: ImpactService, i: Insight): 'cause' | 'anomalous' | 'other' {
  if (isService(s, i.RootCauseServiceId)) return 'cause';
  return i.TopAnomalousServices.some(t => isService(s, t.ServiceId)) ? 'anomalous' : 'other';
}

function Service({
  service: s,
  at,
  role,
}: {
  service: ImpactService;
  at: string;
  role: 'cause' | 'anomalous' | 'other';
}) {
  const text = useMessages(messages);
  const client = s.Type === 'client';
  return (
    <g transform={at} className={styles.service} data-role={role}>
      <title>{`${s.Name} ${s.Type ?? ''}`}</title>
      <rect width={WIDTH} height={HEIGHT} rx={client ? HEIGHT / 2 : 4} />
      <text x={client ? 24 : 12} y={client ? 30 : 21} className={styles.name}>
        {cut(client ? text.client : s.Name, 22)}
      </text>
      {!client && (
        <text x={12} y={39} className={styles.type}>
          {role === 'cause' ? text.isCause : cut(s.Type ?? '', 24)}
        </text>
      )}
    </g>
  );
}

function cut(name: string, most: number): string {
  return name.length > most ? `${name.slice(0, most - 1)}…` : name;
}
