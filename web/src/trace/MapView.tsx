import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { type GraphNode, type Statistics, xray } from '../api/xray';
import { useFormats, useMessages } from '../i18n';
import { glossary } from '../i18n/glossary';
import { Empty, fillOf, type Outcome, Problem, Skeleton } from '../ui';
import { layers } from './layers';
import { messages } from './messages';
import { isSegment, type Trace } from './model';
import styles from './views.module.css';

const WIDTH = 184;
const HEIGHT = 54;
/** The picture shrinks to what there is room for, to this share at the least; then it scrolls. */
const LEAST = 0.7;
const GAP = { x: 84, y: 26 };

/** The worst that happened at a node. */
function worst(s: Statistics | null): Outcome {
  if (!s) return 'ok';
  if (s.FaultStatistics.TotalCount > 0) return 'fault';
  if (s.ErrorStatistics.ThrottleCount > 0) return 'throttle';
  return s.ErrorStatistics.OtherCount > 0 ? 'error' : 'ok';
}

const average = (s: Statistics | null) => (s && s.TotalCount > 0 ? s.TotalResponseTime / s.TotalCount : null);

function cut(name: string): string {
  return name.length > 20 ? `${name.slice(0, 10)}…${name.slice(-9)}` : name;
}

/** The services of one trace and who called whom, as a picture and as a table. */
export function MapView({ trace, onSelect }: { trace: Trace; onSelect(row: number): void }) {
  const text = useMessages(messages);
  const words = useMessages(glossary);
  const format = useFormats();
  const { id, revision } = trace.source;
  const graph = useQuery({
    queryKey: ['traceGraph', id, revision],
    queryFn: ({ signal }) => xray.traceGraph([id], signal),
  });
  const drawn = useMemo(() => {
    const nodes = graph.data ?? [];
    const edges = nodes.flatMap(n => n.Edges.map(e => ({ from: n.ReferenceId, to: e.ReferenceId, edge: e })));
    const places = layers(
      nodes.map(n => n.ReferenceId),
      edges.map(e => [e.from, e.to] as const),
    );
    return { nodes, edges, places };
  }, [graph.data]);
  if (graph.isPending) return <Skeleton rows={6} height={48} />;
  if (graph.isError) return <Problem error={graph.error} onRetry={() => void graph.refetch()} />;
  const { nodes, edges, places } = drawn;
  if (nodes.length === 0) return <Empty icon="map" title={text.mapEmpty} />;
  const x = (n: number) => 16 + (places.get(n)?.column ?? 0) * (WIDTH + GAP.x);
  const y = (n: number) => 16 + (places.get(n)?.row ?? 0) * (HEIGHT + GAP.y);
  const width = Math.max(...nodes.map(n => x(n.ReferenceId))) + WIDTH + 16;
  const height = Math.max(...nodes.map(n => y(n.ReferenceId))) + HEIGHT + 16;
  const rowOf = (n: GraphNode) => {
    for (let row = 0; row < trace.count; row++) {
      if (isSegment(trace, row) && n.Names.includes(trace.name(row))) return row;
    }
    return trace.rowOf(undefined);
  };
  const open = (n: GraphNode) => {
    const row = rowOf(n);
    if (row >= 0) onSelect(row);
  };
  const summary = text.mapSummary(format.count(nodes.length), format.count(edges.length));
  // Statistics are in milliseconds: what took less has 0.
  const mean = (s: Statistics | null) =>
    average(s) === 0 ? `< ${format.duration(0.001)}` : format.duration(average(s));
  const told = (s: Statistics | null) => (s ? `${mean(s)} · ${text.times(format.count(s.TotalCount))}` : '');
  return (
    <div className={styles.map}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to take the focus */}
      <div className={styles.scene} role="region" aria-label={text.mapTitle} tabIndex={0}>
        <svg
          viewBox={`0 0 ${width} ${height}`}
          style={{ width, minWidth: width * LEAST }}
          role="img"
          aria-label={`${text.mapTitle}: ${summary}`}
        >
          <title>{text.mapTitle}</title>
          <defs>
            <marker
              id="arrow"
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerUnits="userSpaceOnUse"
              markerWidth="9"
              markerHeight="9"
              orient="auto"
            >
              <path d="M0 0 8 4 0 8z" fill="var(--control)" />
            </marker>
          </defs>
          {edges.map(({ from, to, edge }) => {
            const [x1, y1, x2, y2] = [x(from) + WIDTH, y(from) + HEIGHT / 2, x(to), y(to) + HEIGHT / 2];
            const bend = Math.max(40, Math.abs(x2 - x1) / 2);
            const bad = worst(edge.SummaryStatistics);
            return (
              <path
                key={`${from}-${to}-${edge.EdgeType ?? ''}`}
                d={`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - 2} ${y2}`}
                fill="none"
                stroke={bad === 'ok' ? 'var(--control)' : fillOf(bad)}
                strokeWidth={bad === 'ok' ? 1.5 : 2.5}
                strokeDasharray={edge.EdgeType === 'link' ? '4 4' : undefined}
                markerEnd="url(#arrow)"
              >
                <title>{told(edge.SummaryStatistics)}</title>
              </path>
            );
          })}
          {nodes.map(n => {
            const bad = worst(n.SummaryStatistics);
            const client = n.Type === 'client';
            return (
              // biome-ignore lint/a11y/noStaticElementInteractions: the table below has the same for the keyboard
              <g
                key={n.ReferenceId}
                transform={`translate(${x(n.ReferenceId)} ${y(n.ReferenceId)})`}
                className={styles.node}
                onClick={() => open(n)}
              >
                <rect
                  width={WIDTH}
                  height={HEIGHT}
                  rx={client ? HEIGHT / 2 : 4}
                  fill="var(--surface)"
                  stroke={bad === 'ok' ? 'var(--control)' : fillOf(bad)}
                  strokeWidth={bad === 'ok' ? 1 : 2}
                />
                {!client && <rect width="5" height={HEIGHT} rx="2" fill={fillOf(bad)} />}
                <text x={client ? 24 : 16} y={client ? 32 : 21} className={styles.nodeName}>
                  {cut(client ? text.client : n.Name)}
                </text>
                <text x="16" y="40" className={styles.nodeType}>
                  {client ? '' : told(n.SummaryStatistics) || cut(n.Type ?? '')}
                </text>
                <title>{`${n.Name} ${n.Type ?? ''}`}</title>
              </g>
            );
          })}
        </svg>
      </div>
      <table className={styles.table}>
        <caption>{text.asTable}</caption>
        <thead>
          <tr>
            <th scope="col">{words.service}</th>
            <th scope="col">{text.type}</th>
            <th scope="col">{text.requests}</th>
            <th scope="col">{text.average}</th>
            <th scope="col">{words.fault}</th>
            <th scope="col">{words.error}</th>
            <th scope="col">{text.calls}</th>
          </tr>
        </thead>
        <tbody>
          {nodes
            .filter(n => n.Type !== 'client')
            .map(n => (
              <tr key={n.ReferenceId}>
                <th scope="row">
                  {rowOf(n) >= 0 ? (
                    <button type="button" className={styles.open} onClick={() => open(n)}>
                      {n.Name}
                    </button>
                  ) : (
                    n.Name
                  )}
                </th>
                <td>{n.Type ?? '–'}</td>
                <td>{format.count(n.SummaryStatistics?.TotalCount ?? 0)}</td>
                <td>{mean(n.SummaryStatistics)}</td>
                <td>{format.count(n.SummaryStatistics?.FaultStatistics.TotalCount ?? 0)}</td>
                <td>{format.count(n.SummaryStatistics?.ErrorStatistics.TotalCount ?? 0)}</td>
                <td>{n.Edges.map(e => nodes.find(o => o.ReferenceId === e.ReferenceId)?.Name ?? '').join(', ')}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}
