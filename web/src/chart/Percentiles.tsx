import { useMemo } from 'react';
import { useFormats, useText } from '../i18n';
import { timeTicks } from '../time/axis';
import type { Window } from '../time/range';
import bars from './Bars.module.css';
import { Brush } from './Brush';
import type { Binned } from './bins';
import { Figure } from './Figure';
import styles from './Percentiles.module.css';
import { linear, log, valueTicks } from './scale';

export interface PercentileLine {
  /** 0.95 for p95. */
  share: number;
  /** Seconds, one for each bin; undefined where there is nothing. */
  values: readonly (number | undefined)[];
}

/** Told apart by their dashes; the colour is the same, since it stands for nothing. */
const DASHES = ['', '6 3', '2 3'];

/** Percentiles of durations over time, as lines over the bins of a time series, with the same brush. */
export function Percentiles({
  title,
  binned: { bins, scale, n },
  lines,
  height = 96,
  onSelect,
}: {
  title: string;
  binned: Binned;
  lines: readonly PercentileLine[];
  height?: number;
  onSelect?(w: Window | undefined): void;
}) {
  const text = useText();
  const format = useFormats();
  const from = bins[0]?.from ?? 0;
  const to = bins.at(-1)?.to ?? 1;
  const labels = useMemo(() => timeTicks({ from, to }, 5, format.zone, format.language), [from, to, format]);
  const all = lines.flatMap(l => l.values.filter(v => v !== undefined && v > 0)) as number[];
  const most = Math.max(0.001, ...all) * 1.05;
  const least = Math.min(most / 2, ...all) / 1.05;
  const logarithmic = most / least > 20;
  const axis = logarithmic ? log(least, most) : linear(0, most);
  const ticks = valueTicks(logarithmic ? least : 0, most, 4, logarithmic);
  const name = (l: PercentileLine) => `p${Math.round(l.share * 100)}`;
  const latest = (l: PercentileLine) => l.values.findLast(v => v !== undefined);
  return (
    <Figure
      title={title}
      n={text.chart.ofN(format.count(n))}
      summary={`${title}: ${lines.map(l => `${name(l)} ${format.duration(latest(l))}`).join(', ')}`}
      controls={
        <span className={styles.legend}>
          {lines.map((l, i) => (
            <span key={l.share}>
              <svg width="24" height="8" aria-hidden="true">
                <line x1="0" x2="24" y1="4" y2="4" className={styles.line} strokeDasharray={DASHES[i]} />
              </svg>
              {name(l)}
            </span>
          ))}
        </span>
      }
      table={() => ({
        head: [text.chart.time, ...lines.map(name)],
        rows: bins.flatMap((b, i) =>
          lines.some(l => l.values[i] !== undefined)
            ? [[format.clock(b.from), ...lines.map(l => format.duration(l.values[i]))]]
            : [],
        ),
      })}
    >
      <div className={styles.plot}>
        <div className={bars.chart}>
          <div className={bars.plot} style={{ height }}>
            {ticks
              .filter(t => axis.share(t) > 0 && axis.share(t) < 0.97)
              .map(t => (
                <div key={t} className={bars.grid} style={{ bottom: `${axis.share(t) * 100}%` }}>
                  <span className={bars.tick}>{format.duration(t)}</span>
                </div>
              ))}
            <svg className={bars.bars} viewBox={`0 0 ${bins.length} 100`} preserveAspectRatio="none" aria-hidden="true">
              {lines.map((l, i) => (
                <path
                  key={l.share}
                  data-percentile={name(l)}
                  className={styles.line}
                  strokeDasharray={DASHES[i]}
                  d={drawn(l.values, v => 100 - Math.max(0, axis.share(v)) * 100)}
                />
              ))}
            </svg>
            {onSelect && (
              <Brush
                bins={bins.length}
                value={undefined}
                label={title}
                describe={at => format.moment(scale.value(at / bins.length))}
                onSelect={r =>
                  onSelect(r && { from: scale.value(r.from / bins.length), to: scale.value(r.to / bins.length) })
                }
              />
            )}
            <div className={bars.hints} aria-hidden="true">
              {bins.map((b, i) => (
                <span
                  key={b.from}
                  title={[format.clock(b.from), ...lines.map(l => `${name(l)} ${format.duration(l.values[i])}`)].join(
                    '\n',
                  )}
                />
              ))}
            </div>
          </div>
          <div className={bars.axis} aria-hidden="true">
            {labels.map(t => (
              <span key={t.at} style={{ left: `${((t.at - from) / (to - from)) * 100}%` }}>
                {t.label}
              </span>
            ))}
          </div>
        </div>
      </div>
    </Figure>
  );
}

/** A line through the middles of bins. Gaps stay gaps; a value between two of them is a short level line. */
export function drawn(values: readonly (number | undefined)[], y: (v: number) => number): string {
  let path = '';
  let open = false;
  values.forEach((v, i) => {
    if (v === undefined) {
      open = false;
      return;
    }
    const at = y(v).toFixed(2);
    if (open) path += `L${i + 0.5} ${at}`;
    else if (values[i + 1] === undefined) path += `M${i} ${at}H${i + 1}`;
    else path += `M${i + 0.5} ${at}`;
    open = true;
  });
  return path;
}
