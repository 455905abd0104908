import { useMemo, useState } from 'react';
import { Brush } from '../../chart/Brush';
import { bin, quantile } from '../../chart/bins';
import { Figure } from '../../chart/Figure';
import { RangeField } from '../../chart/RangeField';
import { valueTicks } from '../../chart/scale';
import { binRange, type Selection, selectionOf } from '../../chart/selection';
import { useFormats, useMessages, useText } from '../../i18n';
import type { Measured } from '../../map/model';
import { Segments } from '../../ui';
import styles from './map.module.css';
import { messages } from './messages';

/** Response times of all outcomes together: X-Ray's histograms do not tell them apart. */
export function Distribution({
  of,
  title,
  selection,
  onSelect,
}: {
  of: Measured;
  title: string;
  selection: Selection | undefined;
  onSelect(s: Selection | undefined): void;
}) {
  const text = useText();
  const own = useMessages(messages).side;
  const format = useFormats();
  const [kind, setKind] = useState<'log' | 'linear'>('log');
  const [unit, setUnit] = useState<'count' | 'share'>('count');
  const binned = useMemo(
    () =>
      bin(
        of.histogram.map(e => ({ value: Math.max(0, e.Value), outcome: 'ok', count: e.Count })),
        { logarithmic: kind === 'log', count: 40 },
      ),
    [of.histogram, kind],
  );
  const { bins, scale, n } = binned;
  const most = Math.max(1, ...bins.map(b => b.counts.ok));
  const edge = (at: number) => scale.value(at / bins.length);
  const inBins = selection && binRange(selection, scale, bins.length);
  const count = (c: number) => (unit === 'count' ? format.count(c) : format.share(n > 0 ? c / n : 0));
  const first = bins[0]?.from ?? 0;
  const last = bins.at(-1)?.to ?? 1;
  return (
    <Figure
      title={title}
      n={text.chart.ofN(format.count(n))}
      summary={`${title}: ${format.duration(quantile(of.histogram, 0.5))} (p50), ${format.duration(first)} – ${format.duration(last)}. ${text.chart.brushHint}`}
      controls={
        <Segments<'log' | 'linear'>
          label={title}
          hideLabel
          value={kind}
          onChange={setKind}
          choices={[
            { id: 'log', label: text.chart.log },
            { id: 'linear', label: text.chart.linear },
          ]}
        />
      }
      table={() => ({
        head: [title, own.count],
        rows: bins
          .filter(b => b.counts.ok > 0)
          .map(b => [`${format.duration(b.from)} – ${format.duration(b.to)}`, count(b.counts.ok)]),
      })}
    >
      <div className={styles.plot}>
        <span className={styles.most}>{count(most)}</span>
        <svg viewBox={`0 0 ${bins.length} 100`} preserveAspectRatio="none" aria-hidden="true">
          {bins.map((b, i) => (
            <rect
              key={i}
              x={i + 0.06}
              width={0.88}
              y={100 - (b.counts.ok / most) * 96}
              height={(b.counts.ok / most) * 96}
              fill="var(--accent)"
            >
              <title>{`${format.duration(b.from)} – ${format.duration(b.to)}: ${count(b.counts.ok)}`}</title>
            </rect>
          ))}
        </svg>
        <Brush
          bins={bins.length}
          value={inBins}
          label={title}
          describe={at => format.duration(edge(at))}
          onSelect={r => onSelect(r && selectionOf(r, scale, bins.length))}
        />
      </div>
      <div className={styles.axis} aria-hidden="true">
        {valueTicks(first, last, 5, binned.logarithmic)
          .filter(v => scale.share(v) > 0.05 && scale.share(v) < 0.95)
          .map(v => (
            <span key={v} style={{ left: `${scale.share(v) * 100}%` }}>
              {format.duration(v)}
            </span>
          ))}
      </div>
      <RangeField className={styles.range} title={title} selection={selection} onSelect={onSelect}>
        <Segments<'count' | 'share'>
          label={own.count}
          hideLabel
          value={unit}
          onChange={setUnit}
          choices={[
            { id: 'count', label: 'n' },
            { id: 'share', label: '%' },
          ]}
        />
      </RangeField>
    </Figure>
  );
}
