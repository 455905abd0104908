import { useEffect, useRef, useState } from 'react';
import type { Insight } from '../../api/shapes';
import { useFormats, useMessages } from '../../i18n';
import { service } from '../../query/terms';
import { useForecast } from './forecast';
import { above, around, band, lengthOf, type Point } from './insights';
import styles from './insights.module.css';
import { messages } from './messages';

const WIDTH = 120;
const HEIGHT = 26;

/** The faults of an insight's root cause beside what was expected, on the space of a cell. Asked once it is in view. */
export function Trend({ insight: i, now }: { insight: Insight; now: number }) {
  const text = useMessages(messages);
  const format = useFormats();
  const cell = useRef<HTMLSpanElement>(null);
  const seen = useSeen(cell);
  const { Name: name, Type: type } = i.RootCauseServiceId;
  const length = lengthOf(i, now);
  const w = around(length, now);
  const { points: all, isError } = useForecast(
    { group: i.GroupName, selector: service({ name, type }), window: w },
    seen,
  );
  const top = Math.max(1, ...all.flatMap(p => [p.faults, p.expected?.high ?? 0]));
  const x = (at: number) => ((at - w.from) / (w.to - w.from)) * WIDTH;
  const y = (n: number) => HEIGHT - (n / top) * (HEIGHT - 1);
  const bar = (p: Point) => `M${x(p.from)} ${HEIGHT}V${y(p.faults)}H${x(p.to)}V${HEIGHT}z`;
  const bars = (which: (p: Point) => boolean) =>
    all
      .filter(p => p.faults > 0 && which(p))
      .map(bar)
      .join('');
  const summary = text.bandSummary(text.cause(name), format.count(all.filter(above).length), format.count(all.length));
  return (
    <span ref={cell} className={styles.trend}>
      {isError && text.none}
      {all.length > 0 && (
        <svg width={WIDTH} height={HEIGHT} role="img" aria-label={summary}>
          <title>{summary}</title>
          <rect
            className={styles.window}
            x={x(length.from)}
            width={Math.max(1, x(length.to) - x(length.from))}
            height={HEIGHT}
          />
          <path className={styles.band} d={band(all, w, top, WIDTH, HEIGHT)} />
          <path className={styles.bar} d={bars(p => !above(p))} />
          <path className={styles.bar} data-above="true" d={bars(above)} />
        </svg>
      )}
    </span>
  );
}

/** Whether an element has been in view, or nearly. */
function useSeen(element: React.RefObject<HTMLElement | null>): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (!element.current) return;
    const observer = new IntersectionObserver(
      entries => {
        if (!entries.some(e => e.isIntersecting)) return;
        setSeen(true);
        observer.disconnect();
      },
      { rootMargin: '100px' },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return seen;
}
