import { Figure } from '../../chart/Figure';
import { useFormats, useMessages, useText } from '../../i18n';
import { timeTicks } from '../../time/axis';
import type { Window } from '../../time/range';
import { Empty, Problem, Skeleton } from '../../ui';
import { useForecast } from './forecast';
import { above, band, most, type Point } from './insights';
import styles from './insights.module.css';
import { messages } from './messages';

const WIDTH = 1000;
const HEIGHT = 100;

/** Faults over time with what was expected, and the time of the insight shaded. */
export function Band({
  title,
  group,
  selector,
  window: w,
  insight,
}: {
  title: string;
  group: string;
  selector?: string;
  window: Window;
  insight: Window;
}) {
  const text = useMessages(messages);
  const found = useForecast({ group, selector, window: w });
  const all = found.points;
  if (found.isPending) return <Skeleton rows={4} height={28} />;
  if (found.error) return <Problem error={found.error} onRetry={() => void found.refetch()} />;
  if (all.length === 0) return <Empty icon="analytics" title={text.noSeries} />;
  return <Chart title={title} all={all} window={w} insight={insight} />;
}

function Chart({
  title,
  all,
  window: w,
  insight,
}: {
  title: string;
  all: readonly Point[];
  window: Window;
  insight: Window;
}) {
  const text = useMessages(messages);
  const common = useText();
  const format = useFormats();
  const top = most(all);
  const x = (at: number) => ((at - w.from) / (w.to - w.from)) * WIDTH;
  const expected = (p: Point) =>
    p.expected ? `${format.count(p.expected.low)} – ${format.count(p.expected.high)}` : text.none;
  const span = (p: Point) => `${format.clock(p.from, 'minute')} – ${format.clock(p.to, 'minute')}`;
  const ticks = timeTicks(w, 5, format.zone, format.language);
  return (
    <Figure
      title={title}
      summary={text.bandSummary(title, format.count(all.filter(above).length), format.count(all.length))}
      controls={
        <span className={styles.legend} aria-hidden="true">
          <span>
            <i data-mark="band" /> {text.bandLegend}
          </span>
          <span>
            <i data-mark="above" /> {text.aboveLegend}
          </span>
          <span>
            <i data-mark="inside" /> {text.insideLegend}
          </span>
        </span>
      }
      table={() => ({
        head: [common.chart.time, text.faultsShort, text.requests, text.expected],
        rows: all.map(p => [span(p), format.count(p.faults), format.count(p.total), expected(p)]),
      })}
    >
      <div className={styles.chart}>
        <div className={styles.plot}>
          {[top, top / 2].map((n, i) => (
            <span key={n} className={styles.grid} style={{ top: `${i * 50}%` }}>
              <span className={styles.tick}>{format.number(n)}</span>
            </span>
          ))}
          <svg
            className={styles.lines}
            viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
            preserveAspectRatio="none"
            aria-hidden="true"
          >
            <rect
              className={styles.window}
              x={x(insight.from)}
              y={0}
              width={x(insight.to) - x(insight.from)}
              height={HEIGHT}
            />
            <path className={styles.band} d={band(all, w, top, WIDTH, HEIGHT)} />
            {all.map(p => (
              <rect
                key={p.from}
                className={styles.bar}
                data-above={above(p)}
                x={x(p.from) + (x(p.to) - x(p.from)) * 0.2}
                width={(x(p.to) - x(p.from)) * 0.6}
                y={HEIGHT - (p.faults / top) * HEIGHT}
                height={(p.faults / top) * HEIGHT}
              >
                <title>{`${span(p)}: ${text.impactOf(format.count(p.faults), format.count(p.total))}\n${text.expected}: ${expected(p)}`}</title>
              </rect>
            ))}
          </svg>
        </div>
        <div className={styles.axis} aria-hidden="true">
          {ticks.map(t => (
            <span key={t.at} style={{ left: `${((t.at - w.from) / (w.to - w.from)) * 100}%` }}>
              {t.label}
            </span>
          ))}
        </div>
      </div>
    </Figure>
  );
}
