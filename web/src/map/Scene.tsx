import { type KeyboardEvent, memo, type RefObject, useEffect, useMemo, useRef } from 'react';
import { Ring } from '../chart/Ring';
import { type Formats, useFormats, useMessages } from '../i18n';
import { fillOf, IconButton, inkOf } from '../ui';
import { drawingOf } from './icons';
import type { Place, Way } from './layout';
import styles from './map.module.css';
import { messages } from './messages';
import { type MapEdge, type MapGraph, type MapNode, radius, type Shown, shown, step, width, worst } from './model';
import type { Laid } from './useLayout';
import { reveal, useView, type Viewport } from './useView';
import { edgeHint, nodeHint } from './words';

type Size = 'none' | 'traffic' | 'health';

/** Glyphs of what is wrong, on a grid of 10 around the origin. */
const GLYPHS = {
  fault: 'M-4-4 4 4M4-4-4 4',
  error: 'M0-4 4.500 4h-9z',
  throttle: 'M0-5 5 0 0 5-5 0z',
} as const;

const DASHES: Record<string, string | undefined> = { fault: '12 5', error: '6 4', throttle: '1 6', link: '4 5' };

/** What can be done with the drawing from outside. */
export interface SceneHandle {
  viewport: Viewport;
  svg: SVGSVGElement | null;
  focus(key: string): void;
}

/** The drawing: nodes and edges in one layer that is moved as a whole. */
export function Scene({
  laid,
  shown: what,
  size,
  selected,
  edge,
  bright,
  found,
  onSelect,
  onEdge,
  onFocus,
  handle,
}: {
  laid: Laid;
  shown: Shown;
  size: Size;
  selected: string | undefined;
  edge: string | undefined;
  /** Keys of the nodes that stay bright; undefined for all. */
  bright: ReadonlySet<string> | undefined;
  found: ReadonlySet<string> | undefined;
  onSelect(key: string | undefined): void;
  onEdge(key: string): void;
  /** Double click. */
  onFocus(key: string): void;
  handle: RefObject<SceneHandle | null>;
}) {
  const text = useMessages(messages);
  const { graph, layout } = laid;
  const frame = useRef<HTMLDivElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const viewport = useView(frame, layout.bounds);
  const { view, screen, moving, set } = viewport;
  const cursor = selected && graph.node.has(selected) ? selected : graph.nodes[0]?.key;

  handle.current = {
    viewport,
    svg: svg.current,
    focus: key => {
      const place = layout.places[key];
      if (place) set(reveal(view, place, screen));
      const all = svg.current?.querySelectorAll<SVGGElement>('[data-node]') ?? [];
      for (const g of all) if (g.dataset.node === key) g.focus({ preventScroll: true });
    },
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: only another selection moves the view
  useEffect(() => {
    const place = selected === undefined ? undefined : layout.places[selected];
    if (place && screen.width > 0) {
      const moved = reveal(view, place, screen);
      if (moved !== view) set(moved);
    }
  }, [selected, screen.width]);

  const onKeyDown = (e: KeyboardEvent) => {
    const key = (e.target as Element).closest<SVGGElement>('[data-node]')?.dataset.node;
    if (!key || e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key === 'Enter' || e.key === ' ') onSelect(key);
    else if (e.key.startsWith('Arrow')) {
      const to = step(graph, layout.places, key, e.key);
      if (to) handle.current?.focus(to);
    } else return;
    e.preventDefault();
  };

  const { bounds } = layout;
  const detail = view.k >= 0.62 ? 'all' : view.k >= 0.34 ? 'names' : 'none';
  return (
    <div ref={frame} className={styles.frame} data-testid="map">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a click beside the nodes takes the selection away; Escape does, too */}
      <div
        className={`${styles.layer} ${moving ? styles.moving : ''}`}
        style={{
          transform: `translate(${view.x + bounds.x * view.k}px, ${view.y + bounds.y * view.k}px) scale(${view.k})`,
          width: bounds.width,
          height: bounds.height,
        }}
        onClick={e => {
          if (!(e.target as Element).closest('[data-node], [data-edge]')) onSelect(undefined);
        }}
        onKeyDown={onKeyDown}
      >
        <svg
          ref={svg}
          className={styles.svg}
          viewBox={`${bounds.x} ${bounds.y} ${bounds.width} ${bounds.height}`}
          width={bounds.width}
          height={bounds.height}
          role="group"
          aria-label={text.map}
          data-detail={detail}
          data-labels={view.k >= 0.9 && graph.edges.length <= 60}
          style={{ '--name': `${Math.max(12.5, 10.5 / view.k)}px` } as React.CSSProperties}
        >
          <Edges laid={laid} bright={bright} selected={edge} beside={selected} size={size} onEdge={onEdge} />
          <Nodes
            laid={laid}
            what={what}
            size={size}
            selected={selected}
            cursor={cursor}
            bright={bright}
            found={found}
            onSelect={onSelect}
            onFocus={onFocus}
          />
        </svg>
      </div>
      <div className={styles.zoom} data-still>
        <IconButton icon="plus" label={text.zoomIn} keys="+" onPress={() => viewport.zoom(1.3)} />
        <IconButton icon="minus" label={text.zoomOut} keys="-" onPress={() => viewport.zoom(1 / 1.3)} />
        <IconButton icon="map" label={text.fit} keys="0" onPress={viewport.showAll} />
      </div>
      <Minimap laid={laid} viewport={viewport} />
    </div>
  );
}

const Nodes = memo(function Nodes({
  laid: { graph, layout },
  what,
  size,
  selected,
  cursor,
  bright,
  found,
  onSelect,
  onFocus,
}: {
  laid: Laid;
  what: Shown;
  size: Size;
  selected: string | undefined;
  cursor: string | undefined;
  bright: ReadonlySet<string> | undefined;
  found: ReadonlySet<string> | undefined;
  onSelect(key: string): void;
  onFocus(key: string): void;
}) {
  const format = useFormats();
  return graph.nodes.map(n => {
    const place = layout.places[n.key];
    return place ? (
      <Node
        key={n.key}
        n={n}
        place={place}
        r={radius(n, graph, size)}
        value={value(n, what, format)}
        calls={graph.out.get(n.key)?.length ?? 0}
        selected={selected === n.key}
        tab={cursor === n.key}
        dim={bright !== undefined && !bright.has(n.key)}
        found={found?.has(n.key) ?? false}
        onSelect={onSelect}
        onFocus={onFocus}
      />
    ) : null;
  });
});

function value(n: MapNode, what: Shown, format: Formats): string {
  const v = shown(n, what);
  return v === undefined ? '' : format.duration(v);
}

const Node = memo(function Node({
  n,
  place,
  r,
  value,
  calls,
  selected,
  tab,
  dim,
  found,
  onSelect,
  onFocus,
}: {
  n: MapNode;
  place: Place;
  r: number;
  value: string;
  calls: number;
  selected: boolean;
  tab: boolean;
  dim: boolean;
  found: boolean;
  onSelect(key: string): void;
  onFocus(key: string): void;
}) {
  const text = useMessages(messages);
  const format = useFormats();
  const bad = worst(n);
  const lines = twoLines(n.client ? text.client : n.id.name);
  const measured = n.total > 0;
  return (
    <g
      className={styles.node}
      data-node={n.key}
      data-dim={dim}
      data-selected={selected}
      data-found={found}
      data-change={n.change}
      style={{ transform: `translate(${place.x}px, ${place.y}px)` }}
      role="button"
      tabIndex={tab ? 0 : -1}
      aria-pressed={selected}
      onClick={() => onSelect(n.key)}
      onDoubleClick={() => onFocus(n.key)}
    >
      {/* The name for those who hear it, and the tooltip. */}
      <title>{nodeHint(n, calls, text, format)}</title>
      <circle className={styles.halo} r={r + 9} data-screen />
      {n.client ? (
        <rect className={styles.disc} x={-r} y={-r} width={2 * r} height={2 * r} rx={8} />
      ) : (
        <circle className={`${styles.disc} ${n.inferred ? styles.inferred : ''}`} r={n.inferred ? r + 6 : r} />
      )}
      {!n.client && <Ring counts={n.counts} r={r} />}
      <path
        className={styles.icon}
        d={drawingOf(n.id.type)}
        transform={measured ? `translate(-6.500 ${-r + 7}) scale(.8)` : 'translate(-11 -11) scale(1.380)'}
      />
      {measured && (
        <g className={styles.values}>
          <text y={5} className={styles.value}>
            {value}
          </text>
          <text y={17} className={styles.rate}>
            {format.number(n.perMinute)}/m
          </text>
        </g>
      )}
      {bad && (
        <g className={styles.badge} transform={`translate(${r * 0.72} ${-r * 0.78})`}>
          <rect x={-9} y={-9} width={22 + format.share(bad.share).replace(' ', '').length * 6.5} height={18} rx={9} />
          <path
            d={GLYPHS[bad.outcome]}
            transform="scale(.85)"
            stroke={fillOf(bad.outcome)}
            fill={bad.outcome === 'fault' ? 'none' : fillOf(bad.outcome)}
          />
          <text x={9} y={4} fill={inkOf(bad.outcome)}>
            {format.share(bad.share).replace(' ', '')}
          </text>
        </g>
      )}
      {n.change && (
        <g className={styles.change} transform={`translate(${-r * 0.9} ${-r - 4})`}>
          <text textAnchor="middle">{text.changes[n.change]}</text>
        </g>
      )}
      <g className={styles.label}>
        {lines.map((line, i) => (
          <text key={i} y={r + 21} dy={`${i * 1.2}em`} className={styles.name}>
            {line}
          </text>
        ))}
        {n.id.type && !n.client && (
          <text y={r + 21} dy={`${lines.length * 1.4}em`} className={styles.type}>
            {middle(n.id.type, 26)}
          </text>
        )}
      </g>
    </g>
  );
});

const LINE = 21;

/** A name in at most two lines, cut in the middle when it is longer. */
export function twoLines(name: string): string[] {
  if (name.length <= LINE) return [name];
  const short = middle(name, 2 * LINE - 2);
  const cut = Math.max(...['-', '.', '/', '_', ' ', ':'].map(c => short.lastIndexOf(c, LINE - 1))) + 1;
  const at = cut > LINE / 3 && short.length - cut <= LINE + 2 ? cut : Math.ceil(short.length / 2);
  return [short.slice(0, at), short.slice(at)];
}

export function middle(name: string, most: number): string {
  if (name.length <= most) return name;
  const half = (most - 1) / 2;
  return `${name.slice(0, Math.ceil(half))}…${name.slice(name.length - Math.floor(half))}`;
}

const Edges = memo(function Edges({
  laid: { graph, layout },
  bright,
  selected,
  beside,
  size,
  onEdge,
}: {
  laid: Laid;
  bright: ReadonlySet<string> | undefined;
  selected: string | undefined;
  beside: string | undefined;
  size: Size;
  onEdge(key: string): void;
}) {
  const text = useMessages(messages);
  const format = useFormats();
  const ways = useMemo(() => new Map(layout.ways.map(w => [`${w.from}\u0000${w.to}`, w])), [layout]);
  return graph.edges.map(e => {
    const from = layout.places[e.from];
    const to = layout.places[e.to];
    const [source, target] = [graph.node.get(e.from), graph.node.get(e.to)];
    if (!from || !to || !source || !target) return null;
    const both = (graph.out.get(e.to) ?? []).some(o => o.to === e.from && o.key !== e.key);
    const drawn = trace(e, from, to, ways.get(`${e.from}\u0000${e.to}`), {
      from: radius(source, graph, size) + 6,
      to: radius(target, graph, size) + 7,
      both,
    });
    const bad = worst(e);
    const w = width(e);
    const color = bad ? fillOf(bad.outcome) : 'var(--control)';
    const pattern = e.link ? 'link' : bad?.outcome;
    const dim = bright !== undefined && !(bright.has(e.from) && bright.has(e.to));
    return (
      // biome-ignore lint/a11y/noStaticElementInteractions: the panel of a node leads to its edges
      <g
        key={e.key}
        className={styles.edge}
        data-edge={e.key}
        data-dim={dim}
        data-selected={selected === e.key}
        data-beside={beside === e.from || beside === e.to}
        data-change={e.change}
        onClick={() => onEdge(e.key)}
      >
        <title>{edgeHint(e, source, target, text, format)}</title>
        <path className={styles.hit} d={drawn.path} data-screen />
        <path
          className={styles.line}
          d={drawn.path}
          stroke={color}
          strokeWidth={w}
          {...(pattern ? { strokeDasharray: DASHES[pattern] } : {})}
        />
        <path
          className={styles.head}
          fill={color}
          d="M0 0-9-4.500-9 4.500z"
          transform={`translate(${drawn.end[0]} ${drawn.end[1]}) rotate(${drawn.angle})`}
        />
        {e.link && (
          <path
            className={styles.envelope}
            d="M-7-5H7V5H-7zM-7-5 0 1 7-5"
            transform={`translate(${drawn.middle[0]} ${drawn.middle[1]})`}
          />
        )}
        <text className={styles.edgeLabel} x={drawn.middle[0]} y={drawn.middle[1] - 6}>
          {edgeText(e, bad?.share, format)}
        </text>
      </g>
    );
  });
});

function edgeText(e: MapEdge, share: number | undefined, format: Formats): string {
  if (e.link) return e.age === undefined ? '' : format.duration(e.age);
  if (e.total === 0) return '';
  const parts = [format.duration(e.average), `${format.number(e.perMinute)}/m`];
  if (share !== undefined) parts.push(format.share(share));
  return parts.join(' · ');
}

interface Drawn {
  path: string;
  end: readonly [number, number];
  angle: number;
  middle: readonly [number, number];
}

/** The curve of an edge: level at each point on its way, from the rim of the one node to that of the other. */
function trace(
  e: MapEdge,
  from: Place,
  to: Place,
  way: Way | undefined,
  ends: { from: number; to: number; both: boolean },
): Drawn {
  if (e.from === e.to) {
    const r = ends.from - 6;
    return {
      path: `M${from.x - 8} ${from.y - r - 6}c-22 -34 38 -34 18 -2`,
      end: [from.x + 9, from.y - r - 6],
      angle: 115,
      middle: [from.x, from.y - r - 34],
    };
  }
  const forward = to.x >= from.x;
  const side = forward ? 1 : -1;
  const shift = ends.both ? (forward ? -7 : 7) : 0;
  const start: [number, number] = [from.x + side * ends.from, from.y + shift];
  const end: [number, number] = [to.x - side * ends.to, to.y + shift];
  const points = [start, ...(way?.through ?? []).map(([x, y]) => [x, y + shift] as const), end];
  let path = `M${start[0]} ${start[1]}`;
  for (let i = 1; i < points.length; i++) {
    const [x0, y0] = points[i - 1] ?? start;
    const [x1, y1] = points[i] ?? end;
    const bend = (x1 - x0) * 0.45;
    const last = i === points.length - 1 ? side * 7 : 0;
    path += `C${x0 + bend} ${y0} ${x1 - bend} ${y1} ${x1 - last} ${y1}`;
  }
  const at = Math.floor((points.length - 1) / 2);
  const [a, b] = [points[at] ?? start, points[at + 1] ?? end];
  return { path, end, angle: forward ? 0 : 180, middle: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] };
}

/** All of the map, small, when it is much larger than the screen. */
function Minimap({ laid: { graph, layout }, viewport }: { laid: Laid; viewport: Viewport }) {
  const text = useMessages(messages);
  const { view, screen, set } = viewport;
  const { bounds } = layout;
  const large = Math.max((bounds.width * view.k) / screen.width, (bounds.height * view.k) / screen.height) > 1.5;
  if (!large || screen.width < 500) return null;
  const k = Math.min(180 / bounds.width, 120 / bounds.height);
  return (
    <button
      type="button"
      className={styles.minimap}
      aria-label={text.minimap}
      onClick={e => {
        const box = e.currentTarget.getBoundingClientRect();
        if (e.detail === 0) return viewport.showAll();
        const x = (e.clientX - box.left) / k + bounds.x;
        const y = (e.clientY - box.top) / k + bounds.y;
        set({ k: view.k, x: screen.width / 2 - x * view.k, y: screen.height / 2 - y * view.k });
      }}
    >
      <svg
        width={bounds.width * k}
        height={bounds.height * k}
        viewBox={`${bounds.x} ${bounds.y} ${bounds.width} ${bounds.height}`}
        aria-hidden="true"
      >
        <MinimapNodes graph={graph} places={layout.places} />
        <rect
          className={styles.window}
          x={-view.x / view.k}
          y={-view.y / view.k}
          width={screen.width / view.k}
          height={screen.height / view.k}
        />
      </svg>
    </button>
  );
}

const MinimapNodes = memo(function MinimapNodes({
  graph,
  places,
}: {
  graph: MapGraph;
  places: Readonly<Record<string, Place>>;
}) {
  return graph.nodes.map(n => {
    const p = places[n.key];
    const bad = worst(n);
    return p && <circle key={n.key} cx={p.x} cy={p.y} r={34} fill={bad ? fillOf(bad.outcome) : 'var(--control)'} />;
  });
});
