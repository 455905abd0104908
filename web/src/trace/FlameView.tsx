import { type KeyboardEvent, type PointerEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { FLAG } from '../api/console';
import { useUrl } from '../app/location';
import { useFormats, useMessages } from '../i18n';
import { Segments, Switch } from '../ui';
import { address } from './address';
import { colourOf } from './colour';
import { aggregated, byLane, type Frame, flame } from './flame';
import { messages } from './messages';
import { at, childrenOf, has, outcomeAt, type Trace } from './model';
import { type Surface, useCanvas } from './useCanvas';
import styles from './views.module.css';

const LANE = 22;
/** Free space above the first lane. */
const EDGE = 4;

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
  const lanes = useMemo(() => byLane(byName ? aggregated(t) : flame(t)), [t, byName]);
  // The canvas is as high as what is in view and stays there: browsers have no canvas for thousands of lanes.
  const scroller = useRef<HTMLDivElement>(null);
  const [scrolled, setScrolled] = useState(0);
  const draw = useCallback(
    (s: Surface) => {
      const c = s.context;
      c.font = '12px system-ui, sans-serif';
      c.textBaseline = 'middle';
      const first = Math.max(0, Math.floor((scrolled - EDGE) / LANE));
      const last = Math.ceil((scrolled + s.height) / LANE);
      for (const frames of lanes.slice(first, last)) {
        // Faults come last: where frames are thinner than a pixel, they stay to be seen.
        const bad = (f: Frame) => has(t, f.row, FLAG.fault);
        for (const f of frames) if (!bad(f)) paint(f, 0.5);
        for (const f of frames) if (bad(f)) paint(f, 1.5);
      }
      function paint(f: Frame, least: number) {
        const x = f.from * s.width;
        const width = Math.max(least, (f.to - f.from) * s.width - 0.5);
        const y = EDGE + f.lane * LANE - scrolled;
        c.globalAlpha = 0.3;
        c.fillStyle = s.colour(colourOf(t, f.row, url.color, services));
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
    [lanes, t, services, url.color, selected, scrolled],
  );
  const canvas = useCanvas(draw);
  // What is selected comes into view, here or by the address.
  useEffect(() => {
    const element = scroller.current;
    const lane = selected < 0 ? -1 : lanes.findIndex(l => l.some(f => f.row === selected));
    if (!element || lane < 0) return;
    const top = EDGE + lane * LANE;
    const room = element.clientHeight - LANE;
    if (top < element.scrollTop) element.scrollTop = top - EDGE;
    else if (top > element.scrollTop + room) element.scrollTop = top - room + EDGE;
  }, [selected, lanes]);

  function frameAt(e: PointerEvent<HTMLCanvasElement>): Frame | undefined {
    const box = e.currentTarget.getBoundingClientRect();
    const x = (e.clientX - box.left) / box.width;
    const lane = Math.floor((e.clientY - box.top + scrolled - EDGE) / LANE);
    return lanes[lane]?.find(f => x >= f.from && x <= Math.max(f.to, f.from + 2 / box.width));
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
        ref={scroller}
        onScroll={e => setScrolled(e.currentTarget.scrollTop)}
      >
        <canvas
          ref={canvas}
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
        <div style={{ height: `max(0px, calc(${lanes.length * LANE + 2 * EDGE}px - 100%))` }} />
      </div>
    </>
  );
}
