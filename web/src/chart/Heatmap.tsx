import { useEffect, useMemo, useRef } from 'react';
import { usePreferences } from '../app/preferences';
import { useFormats, useText } from '../i18n';
import { timeTicks } from '../time/axis';
import type { Window } from '../time/range';
import bars from './Bars.module.css';
import { Figure } from './Figure';
import { log, valueTicks } from './scale';
import type { Selection } from './selection';

export interface HeatCell {
  /** Indexes of the time bin and of the value bin, and how many are in it. */
  x: number;
  y: number;
  count: number;
}

/**
 * Time against duration on a canvas: the darker, the more. Dragging a rectangle gives a window and
 * a range of durations.
 */
export function Heatmap({
  title,
  cells,
  columns,
  rows,
  window: w,
  values,
  onSelect,
  height = 160,
}: {
  title: string;
  cells: readonly HeatCell[];
  columns: number;
  rows: number;
  window: Window;
  /** The durations of the lower and the upper edge, both above zero; rows are logarithmic. */
  values: { from: number; to: number };
  onSelect?(w: Window, s: Selection): void;
  height?: number;
}) {
  const text = useText();
  const format = useFormats();
  const theme = usePreferences(p => p.theme);
  const canvas = useRef<HTMLCanvasElement>(null);
  const marked = useRef<HTMLDivElement>(null);
  const scale = useMemo(() => log(values.from, values.to), [values]);
  const most = cells.reduce((max, c) => Math.max(max, c.count), 1);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme changes the colours that are read
  useEffect(() => {
    const c = canvas.current;
    const g = c?.getContext('2d');
    if (!c || !g) return;
    c.width = columns;
    c.height = rows;
    g.clearRect(0, 0, columns, rows);
    g.fillStyle = getComputedStyle(c).getPropertyValue('--accent');
    for (const cell of cells) {
      g.globalAlpha = 0.15 + 0.85 * (Math.log1p(cell.count) / Math.log1p(most));
      g.fillRect(cell.x, rows - 1 - cell.y, 1, 1);
    }
  }, [cells, columns, rows, most, theme]);

  function drag(e: React.PointerEvent<HTMLCanvasElement>) {
    if (!onSelect) return;
    const element = e.currentTarget;
    const box = element.getBoundingClientRect();
    const clamp = (n: number) => Math.max(0, Math.min(1, n));
    const at = (p: { clientX: number; clientY: number }) => ({
      x: clamp((p.clientX - box.left) / box.width),
      y: clamp(1 - (p.clientY - box.top) / box.height),
    });
    const a = at(e);
    let b = a;
    element.setPointerCapture(e.pointerId);
    const move = (event: PointerEvent) => {
      b = at(event);
      Object.assign(marked.current?.style ?? {}, {
        left: `${Math.min(a.x, b.x) * 100}%`,
        bottom: `${Math.min(a.y, b.y) * 100}%`,
        width: `${Math.abs(a.x - b.x) * 100}%`,
        height: `${Math.abs(a.y - b.y) * 100}%`,
        display: 'block',
      });
    };
    element.addEventListener('pointermove', move);
    element.addEventListener(
      'lostpointercapture',
      () => {
        element.removeEventListener('pointermove', move);
        if (marked.current) marked.current.style.display = 'none';
        if (Math.abs(a.x - b.x) < 0.005 || Math.abs(a.y - b.y) < 0.01) return;
        const length = w.to - w.from;
        onSelect(
          { from: w.from + Math.min(a.x, b.x) * length, to: w.from + Math.max(a.x, b.x) * length },
          { from: scale.value(Math.min(a.y, b.y)), to: scale.value(Math.max(a.y, b.y)) },
        );
      },
      { once: true },
    );
  }

  const n = cells.reduce((sum, c) => sum + c.count, 0);
  return (
    <Figure
      title={title}
      n={text.chart.ofN(format.count(n))}
      summary={`${title}. ${format.moment(w.from)} – ${format.moment(w.to)}, ${format.duration(values.from)} – ${format.duration(values.to)}`}
      table={() => ({
        head: [text.chart.time, text.chart.value, text.chart.count],
        rows: cells.map(c => [
          format.moment(w.from + (c.x / columns) * (w.to - w.from)),
          format.duration(scale.value((c.y + 0.5) / rows)),
          format.count(c.count),
        ]),
      })}
    >
      <div className={bars.chart}>
        <div className={bars.plot} style={{ height }}>
          {valueTicks(values.from, values.to, 6, true).map(v => (
            <div key={v} className={bars.grid} style={{ bottom: `${scale.share(v) * 100}%` }}>
              <span className={bars.tick}>{format.duration(v)}</span>
            </div>
          ))}
          <canvas
            ref={canvas}
            className={bars.bars}
            style={{ imageRendering: 'pixelated' }}
            onPointerDown={drag}
            role="img"
            aria-label={title}
          />
          <div
            ref={marked}
            style={{ position: 'absolute', display: 'none', border: '1px solid var(--accent)', pointerEvents: 'none' }}
          />
        </div>
        <div className={bars.axis} aria-hidden="true">
          {timeTicks(w, 6, format.zone, format.language).map(t => (
            <span key={t.at} style={{ left: `${((t.at - w.from) / (w.to - w.from)) * 100}%` }}>
              {t.label}
            </span>
          ))}
        </div>
      </div>
    </Figure>
  );
}
