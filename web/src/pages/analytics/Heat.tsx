import { useMemo } from 'react';
import type { Analysis } from '../../api/console';
import { type HeatCell, Heatmap } from '../../chart/Heatmap';
import type { Selection } from '../../chart/selection';
import { useMessages } from '../../i18n';
import type { Window } from '../../time/range';
import styles from './analytics.module.css';
import { messages } from './messages';

/** Time against response time, one map for each set. */
export function Heat({ found, onSelect }: { found: Analysis; onSelect(w: Window, s: Selection): void }) {
  const text = useMessages(messages);
  const { a, b, edges } = found.heat;
  return (
    <div className={styles.tab}>
      <p className={styles.muted}>{text.heatHint}</p>
      <div className={b ? styles.charts : undefined}>
        <SetMap title={text.heatOf(text.setA)} columns={a} edges={edges} found={found} onSelect={onSelect} />
        {b && <SetMap title={text.heatOf(text.setB)} columns={b} edges={edges} found={found} onSelect={onSelect} />}
      </div>
    </div>
  );
}

function SetMap({
  title,
  columns,
  edges,
  found,
  onSelect,
}: {
  title: string;
  columns: readonly number[][];
  edges: readonly number[];
  found: Analysis;
  onSelect(w: Window, s: Selection): void;
}) {
  const cells = useMemo<HeatCell[]>(
    () => columns.flatMap((column, x) => column.flatMap((count, y) => (count > 0 ? [{ x, y, count }] : []))),
    [columns],
  );
  const from = found.series.start * 1000;
  const to = from + Math.max(1, columns.length) * found.series.step * 1000;
  const low = edges[0] ?? 0.001;
  const high = edges.at(-1) ?? 1;
  const values = useMemo(() => ({ from: low, to: Math.max(high, low * 1.01) }), [low, high]);
  return (
    <Heatmap
      title={title}
      cells={cells}
      columns={Math.max(1, columns.length)}
      rows={Math.max(1, edges.length - 1)}
      window={{ from, to }}
      values={values}
      onSelect={onSelect}
      height={220}
    />
  );
}
