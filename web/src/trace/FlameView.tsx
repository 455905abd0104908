import { type KeyboardEvent, type PointerEvent, useCallback, useMemo, useState } from 'react';
import { FLAG } from '../api/console';
import { useUrl } from '../app/location';
import { useFormats, useMessages } from '../i18n';
import { Segments, Switch } from '../ui';
import { address } from './address';
import { colourOf } from './colour';
import { aggregated, type Frame, flame } from './flame';
import { messages } from './messages';
import { at, childrenOf, has, outcomeAt, type Trace } from './model';
import { type Surface, useCanvas } from './useCanvas';
import styles from './views.module.css';

const LANE = 22;

/** The trace as flames: time to the right, callees below their callers. */
export function FlameView({
  trace: t,
  services,
  selected,
  onSelect,
}: {
  trace: Trace;
  services: ReadonlyMap<string, number>;
  selected: number;
  onSelect(row: number): void;
}) {
  const text = useMessages(messages);
  const format = useFormats();
  const [url, setUrl] = useUrl(address);
  const [byName, setByName] = useState(false);
  const [hover, setHover] = useState<Frame>();
  const { frames, lanes } = useMemo(() => (byName ? aggregated(t) : flame(t)), [t, byName]);
  const draw = useCallback(
    (s: Surface) => {
      const c = s.context;
      c.font = '12px system-ui, sans-serif';
      c.textBaseline = 'middle';
      // Faults come last: where frames are thinner than a pixel, they stay to be seen.
      const bad = (f: Frame) => has(t, f.row, FLAG.fault);
      for (const f of [...frames.filter(f => !bad(f)), ...frames.filter(bad)]) {
        const x = f.from * s.width;
        const width = Math.max(bad(f) ? 1.5 : 0.5, (f.to - f.from) * s.width - 0.5);
        const y = f.lane * LANE;
        const fill = s.colour(colourOf(t, f.row, url.color, services));
        c.globalAlpha = 0.3;
        c.fillStyle = fill;
        c.fillRect(x, y, width, LANE - 2);
        c.globalAlpha = 1;
        // The edge has the full colour; the text stands on its light shade.
        c.fillRect(x, y, width, 3);
        if (width > 36) {
          c.save();
          c.beginPath();
          c.rect(x, y, width - 3, LANE - 2);
          c.clip();
          c.fillStyle = s.colour('--text');
          c.fillText(t.name(f.row) + (f.count > 1 ? ` × ${f.count}` : ''), x + 4, y + LANE / 2);
          c.restore();
        }
        if (f.row === selected) {
          c.strokeStyle = s.colour('--accent');
          c.lineWidth = 2;
          c.strokeRect(x + 1, y + 1, Math.max(2, width - 2), LANE - 4);
        }
      }
    },
    [frames, t, url.color, services, selected],
  );
  const canvas = useCanvas(draw);

  function frameAt(e: PointerEvent<HTMLCanvasElement>): Frame | undefined {
    const box = e.currentTarget.getBoundingClientRect();
    const x = (e.clientX - box.left) / box.width;
    const lane = Math.floor((e.clientY - box.top) / LANE);
    return frames.find(f => f.lane === lane && x >= f.from && x <= Math.max(f.to, f.from + 2 / box.width));
  }

  function onKeyDown(e: KeyboardEvent) {
    const row = selected >= 0 ? selected : (t.source.root ?? 0);
    const siblings = [...childrenOf(t, at(t.parent, row))];
    const place = siblings.indexOf(row);
    const next: Record<string, number | undefined> = {
      ArrowUp: at(t.parent, row) >= 0 ? at(t.parent, row) : undefined,
      ArrowDown: [...childrenOf(t, row)][0],
      ArrowLeft: siblings[place - 1],
      ArrowRight: siblings[place + 1],
      Home: 0,
      Enter: row,
    };
    if (!(e.key in next) || e.ctrlKey || e.metaKey || e.altKey) return;
    e.preventDefault();
    const to = next[e.key];
    if (to !== undefined) onSelect(to);
  }

  const told = hover?.row ?? selected;
  const seconds = (row: number) => (at(t.end, row) - at(t.start, row)) / 1e9;
  return (
    <>
      <div className={styles.tools}>
        <Switch label={text.aggregate} value={byName} onChange={setByName} />
        <Segments
          label={text.colourBy}
          hideLabel
          value={url.color}
          onChange={color => setUrl({ color }, { replace: true })}
          choices={[
            { id: 'outcome', label: text.colours.outcome },
            { id: 'service', label: text.colours.service },
          ]}
        />
        <p className={styles.told} aria-live="polite">
          {told >= 0
            ? `${t.service(told)} › ${t.name(told)} · ${format.duration(seconds(told))} · ${outcomeAt(t, told)}${hover && hover.count > 1 ? ` ${text.times(format.count(hover.count))}` : ''}`
            : text.flameHint}
        </p>
      </div>
      <div
        className={styles.flame}
        role="application"
        aria-label={`${text.flameTitle}. ${text.flameHint}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys of the flames work here
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        <canvas
          ref={canvas}
          style={{ height: Math.min(lanes, 1400) * LANE + 4 }}
          onPointerMove={e => {
            const f = frameAt(e);
            if (f !== hover) setHover(f);
          }}
          onPointerLeave={() => setHover(undefined)}
          onPointerUp={e => {
            const f = frameAt(e);
            if (f) onSelect(f.row);
          }}
        />
      </div>
    </>
  );
}
