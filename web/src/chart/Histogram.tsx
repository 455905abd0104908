import { useMemo, useState } from 'react';
import { glossary, useFormats, useMessages, useText } from '../i18n';
import { OUTCOMES, Segments } from '../ui';
import { Bars } from './Bars';
import { type Bin, bin, type Sample, total } from './bins';
import { Figure } from './Figure';
import styles from './Histogram.module.css';
import { RangeField } from './RangeField';
import { valueTicks } from './scale';
import { binRange, type Selection, selectionOf } from './selection';

/**
 * How durations (seconds) are distributed, by outcome. A range is chosen by dragging, with the
 * sliders, or by typing it; it is given in seconds, rounded to three digits.
 */
export function Histogram({
  title,
  samples,
  selection,
  onSelect,
  height,
}: {
  title: string;
  samples: readonly Sample[];
  selection?: Selection | undefined;
  onSelect?(selection: Selection | undefined): void;
  height?: number;
}) {
  const text = useText();
  const words = useMessages(glossary);
  const format = useFormats();
  const [kind, setKind] = useState<'log' | 'linear'>('log');
  const binned = useMemo(() => bin(samples, { logarithmic: kind === 'log' }), [samples, kind]);
  const { bins, scale } = binned;
  const first = bins[0]?.from ?? 0;
  const last = bins.at(-1)?.to ?? 1;
  const labels = valueTicks(first, last, 7, binned.logarithmic).map(v => ({
    share: scale.share(v),
    label: format.duration(v),
  }));
  const range = selection && binRange(selection, scale, bins.length);
  const edge = (at: number) => scale.value(at / bins.length);
  const median = useMemo(() => middle(samples), [samples]);
  const hint = (b: Bin) =>
    `${format.duration(b.from)} – ${format.duration(b.to)}: ${format.count(total(b.counts))}\n` +
    OUTCOMES.filter(o => b.counts[o] > 0)
      .map(o => `${words[o]} ${format.count(b.counts[o])}`)
      .join('\n');

  return (
    <Figure
      title={title}
      n={text.chart.ofN(format.count(binned.n))}
      summary={`${title}: ${format.duration(median)} (p50), ${format.duration(first)} – ${format.duration(last)}. ${text.chart.brushHint}`}
      controls={
        <>
          {onSelect && <RangeField className={styles.range} title={title} selection={selection} onSelect={onSelect} />}
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
        </>
      }
      table={() => ({
        head: [words.responseTime, ...OUTCOMES.map(o => words[o])],
        rows: bins
          .filter(b => total(b.counts) > 0)
          .map(b => [
            `${format.duration(b.from)} – ${format.duration(b.to)}`,
            ...OUTCOMES.map(o => format.count(b.counts[o])),
          ]),
      })}
    >
      <Bars
        bins={bins}
        labels={labels}
        hint={hint}
        {...(height === undefined ? {} : { height })}
        {...(onSelect && {
          brush: {
            value: range,
            label: title,
            describe: at => format.duration(edge(at)),
            onSelect: r => onSelect(r && selectionOf(r, scale, bins.length)),
          },
        })}
      />
    </Figure>
  );
}

function middle(samples: readonly Sample[]): number | undefined {
  const sorted = samples.map(s => s.value).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
