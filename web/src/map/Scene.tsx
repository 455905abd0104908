import { type KeyboardEvent, type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import { useMessages } from '../i18n';
import { IconButton } from '../ui';
import { type Curve, curve, loop } from './curves';
import { Edges } from './Edges';
import { FAR, stepOf, textSizes } from './labels';
import { Minimap } from './Minimap';
import styles from './map.module.css';
import { messages } from './messages';
import { type MapNode, radii, type Shown, type Size, step } from './model';
import { FarNames, type Marks, Nodes } from './Nodes';
import { type Pins, pinned } from './pins';
import { TYPES, useLabels } from './useLabels';
import type { Laid } from './useLayout';
import { type Box, reveal, useView, type Viewport } from './useView';

/** How far Shift and an arrow move a node. */
const NUDGE = 16;
const MOVES: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** What can be done with the drawing from outside. */
export interface SceneHandle {
  viewport: Viewport;
  svg: SVGSVGElement | null;
  focus(key: string): void;
  /** Shows these nodes as large as they fit. */
  show(keys: Iterable<string>): void;
  /** Where a node is. */
  place(key: string): { x: number; y: number } | undefined;
}

/** The drawing: nodes and edges in one layer that is moved as a whole. */
export function Scene({
  laid: made,
  shown: what,
  size,
  selected,
  chosen,
  edge,
  bright,
  found,
  insights,
  pins,
  badShare,
  onSelect,
  onChoose,
  onEdge,
  onFocus,
  onPin,
  handle,
}: {
  laid: Laid;
  shown: Shown;
  size: Size;
  /** The node whose details show, and all that are selected. */
  selected: string | undefined;
  chosen: ReadonlySet<string>;
  edge: string | undefined;
  /** Keys of the nodes that stay bright; undefined for all. */
  bright: ReadonlySet<string> | undefined;
  found: ReadonlySet<string> | undefined;
  /** Nodes that an active insight is about. */
  insights: ReadonlySet<string>;
  pins: Pins;
  badShare: number;
  /** More is that the node joins what is selected, or leaves it. */
  onSelect(key: string | undefined, more?: boolean): void;
  /** An area was drawn around nodes. */
  onChoose(keys: readonly string[]): void;
  onEdge(key: string): void;
  /** Double click. */
  onFocus(key: string): void;
  onPin(key: string, at: readonly [number, number]): void;
  handle: RefObject<SceneHandle | null>;
}) {
  const text = useMessages(messages);
  const frame = useRef<HTMLDivElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const [dragged, setDragged] = useState<{ key: string; at: readonly [number, number] }>();
  const [area, setArea] = useState<Box>();
  const still = useMemo<Laid>(() => ({ graph: made.graph, layout: pinned(made.layout, pins) }), [made, pins]);
  const laid = useMemo<Laid>(() => {
    if (!dragged) return still;
    // The picture's frame stays while something moves in it.
    const layout = pinned(still.layout, { [dragged.key]: dragged.at });
    return { graph: still.graph, layout: { ...layout, bounds: still.layout.bounds } };
  }, [still, dragged]);
  const { graph, layout } = laid;
  const last = useRef(dragged);
  last.current = dragged;
  const viewport = useView(frame, still.layout.bounds, {
    drag: (key, by) => {
      const from = still.layout.places[key];
      if (!from) return;
      const to = { key, at: [Math.round(from.x + by.x), Math.round(from.y + by.y)] as const };
      last.current = to;
      setDragged(to);
    },
    drop: (key, kept) => {
      if (kept && last.current?.key === key) onPin(key, last.current.at);
      setDragged(undefined);
    },
    area: setArea,
    choose: box => onChoose(within(box, laid, viewport)),
  });
  const { view, screen, moving, set } = viewport;
  const cursor = selected && graph.node.has(selected) ? selected : graph.nodes[0]?.key;
  const radius = useMemo(() => radii(graph, size), [graph, size]);
  const marks = useMemo<Marks>(
    () => ({ chosen, cursor, bright, found, pins, insights }),
    [chosen, cursor, bright, found, pins, insights],
  );
  const curves = useMemo(() => curvesOf(laid, radius), [laid, radius]);
  const zoom = stepOf(view.k);
  const sizes = textSizes(zoom);
  // While a node is dragged the labels stay as they were: they are sorted out when it is let go.
  const stillCurves = useMemo(() => curvesOf(still, radius), [still, radius]);
  const labels = useLabels(still, stillCurves, zoom, radius, marks, edge, badShare);

  handle.current = {
    viewport,
    svg: svg.current,
    focus: key => {
      const place = layout.places[key];
      if (place) set(reveal(view, place, screen));
      const all = svg.current?.querySelectorAll<SVGGElement>('[data-node]') ?? [];
      for (const g of all) if (g.dataset.node === key) g.focus({ preventScroll: true });
    },
    show: keys => {
      const box = boxOf(keys, laid);
      if (box) viewport.fit(box);
    },
    place: key => layout.places[key],
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
    if (e.key === 'Enter' || e.key === ' ') onSelect(key, e.shiftKey);
    else if (e.key.startsWith('Arrow') && e.shiftKey) {
      const at = layout.places[key];
      const [x, y] = MOVES[e.key] ?? [0, 0];
      if (at) onPin(key, [at.x + x * NUDGE, at.y + y * NUDGE]);
    } else if (e.key.startsWith('Arrow')) {
      const to = step(graph, layout.places, key, e.key);
      if (to) handle.current?.focus(to);
    } else return;
    e.preventDefault();
  };

  const { bounds } = layout;
  const detail = zoom >= TYPES ? 'all' : zoom >= FAR ? 'names' : 'far';
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
          data-dragging={dragged !== undefined}
          style={
            {
              '--name': `${sizes.name}px`,
              '--type': `${sizes.type}px`,
              '--edge': `${sizes.edge}px`,
              '--value': `${Math.max(11.5, 10 / zoom)}px`,
            } as React.CSSProperties
          }
        >
          <Edges
            laid={laid}
            curves={curves}
            labels={labels}
            bright={bright}
            selected={edge}
            badShare={badShare}
            onEdge={onEdge}
          />
          <Nodes
            laid={laid}
            what={what}
            radius={radius}
            marks={marks}
            names={labels.names}
            badShare={badShare}
            onSelect={onSelect}
            onFocus={onFocus}
          />
          {detail === 'far' && <FarNames laid={laid} radius={radius} names={labels.names} />}
        </svg>
      </div>
      {area && (
        <div
          className={styles.area}
          style={{ transform: `translate(${area.x}px, ${area.y}px)`, width: area.width, height: area.height }}
        />
      )}
      <div className={styles.zoom} data-still>
        <IconButton icon="plus" label={text.zoomIn} keys="+" onPress={() => viewport.zoom(1.3)} />
        <IconButton icon="minus" label={text.zoomOut} keys="-" onPress={() => viewport.zoom(1 / 1.3)} />
        <IconButton icon="map" label={text.fit} keys="0" onPress={viewport.showAll} />
      </div>
      <Minimap laid={laid} viewport={viewport} badShare={badShare} />
    </div>
  );
}

function curvesOf({ graph, layout }: Laid, radius: (n: MapNode) => number): ReadonlyMap<string, Curve> {
  const ways = new Map(layout.ways.map(w => [`${w.from}\u0000${w.to}`, w]));
  const found = new Map<string, Curve>();
  for (const e of graph.edges) {
    const [from, to] = [layout.places[e.from], layout.places[e.to]];
    const [source, target] = [graph.node.get(e.from), graph.node.get(e.to)];
    if (!from || !to || !source || !target) continue;
    if (e.from === e.to) {
      found.set(e.key, loop(from, radius(source)));
      continue;
    }
    const both = (graph.out.get(e.to) ?? []).some(o => o.to === e.from);
    const ends = { from: radius(source) + 6, to: radius(target) + 7, both };
    found.set(e.key, curve(from, to, ways.get(`${e.from}\u0000${e.to}`), ends));
  }
  return found;
}

/** The nodes whose centres are in an area of the screen. */
function within(box: Box, { graph, layout }: Laid, { view }: Viewport): string[] {
  return graph.nodes.flatMap(n => {
    const p = layout.places[n.key];
    if (!p) return [];
    const [x, y] = [view.x + p.x * view.k, view.y + p.y * view.k];
    return x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height ? [n.key] : [];
  });
}

const AROUND = 90;

/** The part of the map that has these nodes with their names. */
function boxOf(keys: Iterable<string>, { layout }: Laid): Box | undefined {
  const places = [...keys].flatMap(k => layout.places[k] ?? []);
  if (places.length === 0) return undefined;
  const [xs, ys] = [places.map(p => p.x), places.map(p => p.y)];
  const x = Math.min(...xs) - AROUND;
  const y = Math.min(...ys) - AROUND;
  return { x, y, width: Math.max(...xs) + AROUND - x, height: Math.max(...ys) + AROUND - y };
}
