import { type ReactNode, useState } from 'react';
import { useText } from '../i18n';
import { IconButton } from '../ui';
import styles from './Figure.module.css';

export interface FigureTable {
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

/**
 * The frame of every chart: a title, one sentence that says what it shows, the number of
 * observations, controls, and the same data as a table.
 */
export function Figure({
  title,
  summary,
  n,
  controls,
  table,
  children,
}: {
  title: string;
  summary: string;
  n?: string;
  controls?: ReactNode;
  table: () => FigureTable;
  children: ReactNode;
}) {
  const text = useText();
  const [asTable, setAsTable] = useState(false);
  return (
    <figure className={styles.figure}>
      <figcaption className={styles.caption}>
        <span className={styles.title}>{title}</span>
        {n && <span className={styles.n}>{n}</span>}
        <span className="hidden-text">{summary}</span>
        <span className={styles.controls}>
          {controls}
          <IconButton
            icon={asTable ? 'analytics' : 'columns'}
            label={asTable ? text.chart.asChart : text.chart.asTable}
            onPress={() => setAsTable(!asTable)}
          />
        </span>
      </figcaption>
      {asTable ? <DataTable label={title} table={table()} /> : children}
    </figure>
  );
}

function DataTable({ label, table }: { label: string; table: FigureTable }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to take the focus
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={label}>
      <table className={styles.table}>
        <thead>
          <tr>
            {table.head.map(h => (
              <th key={h} scope="col">
                {h}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, j) => (
                <td key={j}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
