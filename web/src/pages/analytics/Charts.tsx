import type { Analysis } from '../../api/console';
import type { BinRange } from '../../chart/Brush';
import { log, valueTicks } from '../../chart/scale';
import { round, type Selection } from '../../chart/selection';
import { useFormats, useMessages, useText } from '../../i18n';
import { timeTicks } from '../../time/axis';
import type { Window } from '../../time/range';
import styles from './analytics.module.css';
import { messages } from './messages';
import { Overlay } from './Overlay';
import { totals } from './sets';

/** Response times and activity of both sets; brushes choose response times or a window. */
export function Charts({
  found,
  names,
  share,
  selection,
  onResponse,
  onTime,
}: {
  found: Analysis;
  names: { a: string; b: string };
  share: boolean;
  selection: Selection | undefined;
  onResponse(s: Selection | undefined): void;
  onTime(w: Window): void;
}) {
  const text = useMessages(messages);
  const common = useText();
  const format = useFormats();
  const { edges, a, b, rest } = found.responseTime;
  const n = a.length;
  const first = edges[0] ?? 0.001;
  const last = edges.at(-1) ?? 1;
  const scale = log(first, Math.max(last, first * 1.01));
  const range: BinRange | undefined = selection && {
    from: (selection.from === undefined ? 0 : Math.max(0, scale.share(selection.from))) * n,
    to: (selection.to === undefined ? 1 : Math.min(1, scale.share(selection.to))) * n,
  };
  const { start, step } = found.series;
  const perA = totals(found.series.a);
  const perB = totals(found.series.b ?? found.series.rest);
  const from = start * 1000;
  const to = from + perA.length * step * 1000;
  const moment = (edge: number) => from + edge * step * 1000;
  return (
    <div className={styles.charts}>
      <Overlay
        title={text.responseTimes}
        a={a}
        b={b ?? rest}
        names={names}
        share={share}
        labels={
          n > 0 ? valueTicks(first, last, 7, true).map(v => ({ share: scale.share(v), label: format.duration(v) })) : []
        }
        brush={{
          value: range,
          describe: edge => format.duration(scale.value(edge / Math.max(1, n))),
          onSelect: r =>
            onResponse(
              r && {
                from: r.from <= 0 ? undefined : round(scale.value(r.from / n)),
                to: r.to >= n ? undefined : round(scale.value(r.to / n)),
              },
            ),
        }}
        table={{
          head: text.responseTimes,
          bin: i => `${format.duration(edges[i])} – ${format.duration(edges[i + 1])}`,
        }}
      />
      <Overlay
        title={text.activity}
        a={perA}
        b={perB}
        names={names}
        share={share}
        labels={timeTicks({ from, to }, 5, format.zone, format.language).map(t => ({
          share: (t.at - from) / Math.max(1, to - from),
          label: t.label,
        }))}
        brush={{
          value: undefined,
          describe: edge => format.moment(moment(edge)),
          onSelect: r => r && onTime({ from: moment(r.from), to: moment(r.to) }),
        }}
        table={{ head: common.chart.time, bin: i => `${format.clock(moment(i))} – ${format.clock(moment(i + 1))}` }}
      />
    </div>
  );
}
