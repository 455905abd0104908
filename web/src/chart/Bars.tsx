import { fillOf, OUTCOMES } from '../ui';
import styles from './Bars.module.css';
import { type BinRange, Brush } from './Brush';
import { type Bin, total } from './bins';
import { countTicks } from './scale';

export interface AxisLabel {
  /** Where, as a share of the width. */
  share: number;
  label: string;
}

/** Stacked bars over bins with both axes and, when onSelect is given, a brush. */
export function Bars({
  bins,
  height = 96,
  labels,
  brush,
  hint,
}: {
  bins: readonly Bin[];
  height?: number;
  labels: readonly AxisLabel[];
  brush?: {
    value: BinRange | undefined;
    onSelect(range: BinRange | undefined): void;
    label: string;
    describe(edge: number): string;
  };
  /** The tooltip of a bar. */
  hint(bin: Bin): string;
}) {
  const most = bins.reduce((max, b) => Math.max(max, total(b.counts)), 1);
  const ticks = countTicks(most, 3);
  const top = ticks.at(-1) ?? 1;
  const gap = bins.length > 80 ? 0 : 0.12;
  return (
    <div className={styles.chart}>
      <div className={styles.plot} style={{ height }}>
        {ticks.slice(1).map(t => (
          <div key={t} className={styles.grid} style={{ bottom: `${(t / top) * 100}%` }}>
            <span className={styles.tick}>{t}</span>
          </div>
        ))}
        <svg className={styles.bars} viewBox={`0 0 ${bins.length} 100`} preserveAspectRatio="none" aria-hidden="true">
          {bins.map((b, i) => {
            let y = 100;
            // Best at the bottom, so that what is wrong is at the edge where bars end.
            return OUTCOMES.toReversed().map(o => {
              const h = (b.counts[o] / top) * 100;
              if (h === 0) return null;
              y -= h;
              return <rect key={`${i}${o}`} x={i + gap / 2} width={1 - gap} y={y} height={h} fill={fillOf(o)} />;
            });
          })}
        </svg>
        {brush ? <Brush bins={bins.length} {...brush} /> : null}
        <div className={styles.hints} aria-hidden="true">
          {bins.map((b, i) => (
            <span key={i} title={hint(b)} />
          ))}
        </div>
      </div>
      <div className={styles.axis} aria-hidden="true">
        {labels.map(l => (
          <span key={l.share} style={{ left: `${l.share * 100}%` }}>
            {l.label}
          </span>
        ))}
      </div>
    </div>
  );
}
