import type { Layout, Place } from './layout';
import { COLUMN, ROW } from './layout';

/** Where the reader put nodes, by key. */
export type Pins = Readonly<Record<string, readonly [number, number]>>;

/**
 * A layout with nodes where the reader put them. Edges of those go straight to them; all else stays
 * as it is, the same objects, so that only what moved is drawn anew.
 */
export function pinned(layout: Layout, pins: Pins): Layout {
  const moved = Object.entries(pins).filter(([key]) => layout.places[key]);
  if (moved.length === 0) return layout;
  const places: Record<string, Place> = { ...layout.places };
  for (const [key, [x, y]] of moved) places[key] = { x, y, rank: layout.places[key]?.rank ?? 0 };
  const is = new Set(moved.map(([key]) => key));
  const ways = layout.ways.map(w =>
    (is.has(w.from) || is.has(w.to)) && w.through.length > 0 ? { ...w, through: [] } : w,
  );
  const { bounds } = layout;
  const xs = moved.map(([, [x]]) => x);
  const ys = moved.map(([, [, y]]) => y);
  const left = Math.min(bounds.x, ...xs.map(x => x - COLUMN / 2));
  const top = Math.min(bounds.y, ...ys.map(y => y - ROW / 2));
  const right = Math.max(bounds.x + bounds.width, ...xs.map(x => x + COLUMN / 2));
  const bottom = Math.max(bounds.y + bounds.height, ...ys.map(y => y + ROW * 0.75));
  return { ...layout, places, ways, bounds: { x: left, y: top, width: right - left, height: bottom - top } };
}

const KEY = 'radiograph.pins';
/** Views that were not looked at for the longest time make room. */
const VIEWS = 40;

type Stored = Record<string, Record<string, [number, number]>>;

const isPin = (p: unknown): p is [number, number] => Array.isArray(p) && p.length === 2 && p.every(Number.isFinite);

/** Reads what the browser keeps; what makes no sense counts as absent. */
export function parsePins(stored: string | null): Stored {
  try {
    const found: unknown = JSON.parse(stored ?? '{}');
    if (typeof found !== 'object' || found === null) return {};
    return Object.fromEntries(
      Object.entries(found).flatMap(([view, pins]) =>
        typeof pins === 'object' && pins !== null
          ? [[view, Object.fromEntries(Object.entries(pins as object).filter(([, p]) => isPin(p)))]]
          : [],
      ),
    ) as Stored;
  } catch {
    return {};
  }
}

/** The pins of a view in this browser. */
export function loadPins(view: string): Pins {
  try {
    return parsePins(localStorage.getItem(KEY))[view] ?? {};
  } catch {
    return {};
  }
}

export function storePins(view: string, pins: Pins): void {
  try {
    const { [view]: _, ...others } = parsePins(localStorage.getItem(KEY));
    const kept = Object.entries(others).slice(-(VIEWS - 1));
    const all = Object.keys(pins).length > 0 ? [...kept, [view, pins] as const] : kept;
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(all)));
  } catch {
    // Storage is blocked or full: the pins hold until the page is left.
  }
}
