import { useMemo } from 'react';
import { glossary, useFormats, useMessages, useText } from '../i18n';
import { timeTicks } from '../time/axis';
import type { Window } from '../time/range';
import { OUTCOMES, OutcomeSwatch } from '../ui';
import { Bars } from './Bars';
import { type Bin, type Binned, total } from './bins';
import { Figure } from './Figure';
import styles from './TimeSeries.module.css';

/**
 * Counts by outcome over time, as stacked bars. A brush gives a window in milliseconds. The
 * double click that leads back is the browser's history: each selection is an entry.
 */
export function TimeSeries({
  title,
  binned,
  selection,
  onSelect,
  height,
  legend = true,
}: {
  title: string;
  binned: Binned;
  selection?: Window | undefined;
  onSelect?(w: Window | undefined): void;
  height?: number;
  legend?: boolean;
}) {
  const text = useText();
  const words = useMessages(glossary);
  const format = useFormats();
  const { bins, scale } = binned;
  const from = bins[0]?.from ?? 0;
  const to = bins.at(-1)?.to ?? 1;
  const labels = useMemo(
    () =>
      timeTicks({ from, to }, 5, format.zone, format.language).map(t => ({
        share: (t.at - from) / (to - from),
        label: t.label,
      })),
    [from, to, format],
  );
  const present = OUTCOMES.filter(o => bins.some(b => b.counts[o] > 0));
  const span = (b: Bin) => `${format.clock(b.from)} – ${format.clock(b.to)}`;
  const hint = (b: Bin) =>
    [
      `${span(b)}: ${format.count(total(b.counts))}`,
      ...OUTCOMES.filter(o => b.counts[o] > 0).map(o => `${words[o]} ${format.count(b.counts[o])}`),
    ].join('\n');
  const range = selection && {
    from: scale.share(selection.from) * bins.length,
    to: scale.share(selection.to) * bins.length,
  };

  return (
    <Figure
      title={title}
      n={text.chart.ofN(format.count(binned.n))}
      summary={`${title}: ${format.moment(from)} – ${format.moment(to)}. ${present.map(o => `${words[o]} ${bins.reduce((n, b) => n + b.counts[o], 0)}`).join(', ')}. ${text.chart.brushHint}`}
      controls={
        legend && (
          <span className={styles.legend}>
            {present.map(o => (
              <span key={o}>
                <OutcomeSwatch outcome={o} /> {words[o]}
              </span>
            ))}
          </span>
        )
      }
      table={() => ({
        head: [text.chart.time, ...OUTCOMES.map(o => words[o])],
        rows: bins
          .filter(b => total(b.counts) > 0)
          .map(b => [span(b), ...OUTCOMES.map(o => format.count(b.counts[o]))]),
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
            describe: at => format.moment(scale.value(at / bins.length)),
            onSelect: r =>
              onSelect(r && { from: scale.value(r.from / bins.length), to: scale.value(r.to / bins.length) }),
          },
        })}
      />
    </Figure>
  );
}
