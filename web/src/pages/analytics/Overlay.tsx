import type { AxisLabel } from '../../chart/Bars';
import bars from '../../chart/Bars.module.css';
import { type BinRange, Brush } from '../../chart/Brush';
import { Figure, type FigureTable } from '../../chart/Figure';
import { niceStep } from '../../chart/scale';
import { useFormats, useText } from '../../i18n';
import styles from './analytics.module.css';
import { normalized, steps } from './sets';

const HEIGHT = 120;

/** Both sets over the same bins: A as a solid line, the other one dashed; as counts or as shares of each set. */
export function Overlay({
  title,
  a,
  b,
  names,
  share,
  labels,
  brush,
  table,
}: {
  title: string;
  a: readonly number[];
  b: readonly number[];
  names: { a: string; b: string };
  share: boolean;
  labels: readonly AxisLabel[];
  brush: { value: BinRange | undefined; onSelect(r: BinRange | undefined): void; describe(edge: number): string };
  /** The first column of the table: what a bin is. */
  table: { head: string; bin(i: number): string };
}) {
  const text = useText();
  const format = useFormats();
  const sum = (list: readonly number[]) => list.reduce((n, v) => n + v, 0);
  const shown = share ? { a: normalized(a), b: normalized(b) } : { a, b };
  const most = Math.max(share ? 0.01 : 1, ...shown.a, ...shown.b);
  const step = share ? niceStep(most, 3) : Math.max(1, niceStep(most, 3));
  const ticks = Array.from({ length: Math.ceil(most / step - 1e-9) }, (_, i) => (i + 1) * step);
  const top = ticks.at(-1) ?? 1;
  const rows = (): FigureTable => ({
    head: [table.head, names.a, names.b],
    rows: a.flatMap((n, i) => (n + (b[i] ?? 0) > 0 ? [[table.bin(i), format.count(n), format.count(b[i] ?? 0)]] : [])),
  });
  return (
    <Figure
      title={title}
      n={`n = ${format.count(sum(a))} · ${format.count(sum(b))}`}
      summary={`${title}: ${names.a} ${format.count(sum(a))}, ${names.b} ${format.count(sum(b))}. ${text.chart.brushHint}`}
      controls={
        <span className={styles.legend}>
          <span className={styles.key}>{names.a}</span>
          <span className={`${styles.key} ${styles.keyB}`}>{names.b}</span>
        </span>
      }
      table={rows}
    >
      <div className={bars.chart}>
        <div className={bars.plot} style={{ height: HEIGHT }}>
          {ticks.map(t => (
            <div key={t} className={bars.grid} style={{ bottom: `${(t / top) * 100}%` }}>
              <span className={bars.tick}>{share ? format.share(t) : format.count(t)}</span>
            </div>
          ))}
          <svg
            className={bars.bars}
            viewBox={`0 0 ${Math.max(1, a.length)} ${HEIGHT}`}
            preserveAspectRatio="none"
            aria-hidden="true"
          >
            <path className={`${styles.line} ${styles.b}`} d={steps(shown.b, top, HEIGHT)} />
            <path className={`${styles.line} ${styles.a}`} d={steps(shown.a, top, HEIGHT)} />
          </svg>
          {a.length > 0 && <Brush bins={a.length} label={title} {...brush} />}
          <div className={bars.hints} aria-hidden="true">
            {a.map((n, i) => (
              <span
                key={i}
                title={`${table.bin(i)}\n${names.a} ${format.count(n)}\n${names.b} ${format.count(b[i] ?? 0)}`}
              />
            ))}
          </div>
        </div>
        <div className={bars.axis} aria-hidden="true">
          {labels.map(l => (
            <span key={l.share} style={{ left: `${l.share * 100}%` }}>
              {l.label}
            </span>
          ))}
        </div>
      </div>
    </Figure>
  );
}
