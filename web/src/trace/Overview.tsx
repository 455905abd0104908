import { useCallback } from 'react';
import { FLAG } from '../api/console';
import { Brush } from '../chart/Brush';
import { useFormats, useMessages } from '../i18n';
import type { Zoom } from './address';
import { type ColourBy, colourOf } from './colour';
import { messages } from './messages';
import { at, has, type Trace } from './model';
import styles from './trace.module.css';
import { type Surface, useCanvas } from './useCanvas';

/** Steps of the handles. */
const STEPS = 200;

/** All rows of a trace on 64 pixels, faults on top; dragging zooms the timeline. */
export function Overview({
  trace,
  zoom,
  colourBy,
  services,
  onZoom,
}: {
  trace: Trace;
  zoom: Zoom | undefined;
  colourBy: ColourBy;
  services: ReadonlyMap<string, number>;
  onZoom(zoom: Zoom | undefined): void;
}) {
  const text = useMessages(messages);
  const format = useFormats();
  const draw = useCallback(
    (s: Surface) => {
      const step = (s.height - 4) / trace.count;
      const thick = Math.min(6, Math.max(1, step - (step > 3 ? 1 : 0)));
      const paint = (row: number) => {
        const x = (at(trace.start, row) / trace.extent) * s.width;
        const end = (at(trace.end, row) / trace.extent) * s.width;
        s.context.fillStyle = s.colour(colourOf(trace, row, colourBy, services));
        s.context.fillRect(x, 2 + Math.min(row * step, s.height - 4 - thick), Math.max(1, end - x), thick);
      };
      for (let row = 0; row < trace.count; row++) if (!has(trace, row, FLAG.fault)) paint(row);
      for (let row = 0; row < trace.count; row++) if (has(trace, row, FLAG.fault)) paint(row);
    },
    [trace, colourBy, services],
  );
  const canvas = useCanvas(draw);
  const per = trace.extent / STEPS;
  return (
    <div className={styles.overview}>
      <canvas ref={canvas} className={styles.canvas} />
      <Brush
        bins={STEPS}
        value={zoom ? { from: zoom.from / per, to: zoom.to / per } : undefined}
        onSelect={r => onZoom(r ? { from: r.from * per, to: Math.min(trace.extent, r.to * per) } : undefined)}
        label={text.overview}
        describe={edge => text.zoomFrom(format.duration((edge * per) / 1e9))}
      />
    </div>
  );
}
