import type { Box } from './useView';

// Which labels show. Text has a least size on the screen, so when the view gets smaller it gets
// larger against the map, and not all of it has room: the important labels stay, none lies on another,
// on a node, or on what is written at a node. Pure, so that the same view has the same labels.

export interface NodeLabel {
  key: string;
  x: number;
  y: number;
  r: number;
  /** Widths of the lines of the name, in ems. */
  lines: readonly number[];
  /** Width of the type below, in ems; 0 without. */
  type: number;
  /** Whether there is a badge or a word above the node. */
  topped: boolean;
  /** The larger come first. */
  weight: number;
}

export interface EdgeLabel {
  key: string;
  /** Points on the edge at which the label may stand, the best first. */
  spots: readonly (readonly [number, number])[];
  /** In ems. */
  width: number;
  weight: number;
}

/** Sizes of text in units of the map. */
export interface TextSizes {
  name: number;
  type: number;
  edge: number;
}

/** No text on the screen is smaller than this, in pixels. */
export const LEAST_TEXT = 10;

/** Views are taken in steps: within one no label comes, goes or changes its size against the map. */
export function stepOf(k: number): number {
  return 2 ** (Math.floor(Math.log2(k) * 4 + 1e-9) / 4);
}

export function textSizes(step: number): TextSizes {
  return {
    name: Math.max(12.5, (LEAST_TEXT + 0.5) / step),
    type: Math.max(11, LEAST_TEXT / step),
    edge: Math.max(11, LEAST_TEXT / step),
  };
}

/** Below this zoom nodes are dots. */
export const FAR = 0.34;

/** Space between a node's rim and its name. */
export const NAME_GAP = 9;

/** The place that a node's label takes. */
export function labelBox(n: NodeLabel, sizes: TextSizes, withType: boolean): Box {
  const type = withType && n.type > 0;
  const width = Math.max(0, ...n.lines.map(w => w * sizes.name), type ? n.type * sizes.type : 0);
  const height = sizes.name * (0.95 + 1.2 * (n.lines.length - 1) + 0.3) + (type ? sizes.type * 1.35 : 0);
  return { x: n.x - width / 2, y: n.y + n.r + NAME_GAP, width, height };
}

export function edgeBox([x, y]: readonly [number, number], width: number, size: number): Box {
  return { x: x - (width * size) / 2, y: y - 6 - size, width: width * size, height: size * 1.3 };
}

export interface Placed {
  /** Of the nodes whose labels show: whether there is room for the type below the name. */
  names: ReadonlyMap<string, 'full' | 'name'>;
  /** Where the labels of edges stand that have room beside all others. */
  edges: ReadonlyMap<string, readonly [number, number]>;
  /** Where the label of any edge would stand clear of nodes and names; not in it when nowhere. */
  spots: ReadonlyMap<string, readonly [number, number]>;
}

/** Far is a view in which nodes are dots: then names stand above them, and only keep clear of each other. */
export function placeLabels(
  nodes: readonly NodeLabel[],
  edges: readonly EdgeLabel[],
  sizes: TextSizes,
  options: { types: boolean; edges: boolean; far: boolean },
): Placed {
  const taken = new Boxes();
  for (const n of options.far ? [] : nodes) {
    taken.add({ x: n.x - n.r - 6, y: n.y - n.r - 6, width: 2 * n.r + 12, height: 2 * n.r + 12 }, n.key);
    if (n.topped) taken.add({ x: n.x - n.r - 8, y: n.y - n.r - 18, width: 2 * n.r + 42, height: 24 }, n.key);
  }
  const names = new Map<string, 'full' | 'name'>();
  for (const n of byWeight(nodes)) {
    for (const much of options.types ? (['full', 'name'] as const) : (['name'] as const)) {
      const box = labelBox(n, sizes, much === 'full');
      if (taken.hit(box, n.key)) continue;
      taken.add(box, n.key);
      names.set(n.key, much);
      break;
    }
  }
  const clear = new Map<string, readonly [number, number]>();
  for (const e of edges) {
    const spot = e.spots.find(s => !taken.hit(edgeBox(s, e.width, sizes.edge)));
    if (spot) clear.set(e.key, spot);
  }
  const shown = new Map<string, readonly [number, number]>();
  if (options.edges) {
    for (const e of byWeight(edges)) {
      const spot = e.spots.find(s => !taken.hit(edgeBox(s, e.width, sizes.edge)));
      if (!spot) continue;
      taken.add(edgeBox(spot, e.width, sizes.edge));
      shown.set(e.key, spot);
    }
  }
  return { names, edges: shown, spots: clear };
}

function byWeight<T extends { key: string; weight: number }>(of: readonly T[]): T[] {
  return of.toSorted((a, b) => b.weight - a.weight || (a.key < b.key ? -1 : 1));
}

const CELL = 160;

/** Boxes in a raster, so that only those nearby are looked at. */
class Boxes {
  private readonly cells = new Map<string, { box: Box; of: string | undefined }[]>();

  add(box: Box, of?: string): void {
    for (const cell of around(box)) {
      const there = this.cells.get(cell);
      if (there) there.push({ box, of });
      else this.cells.set(cell, [{ box, of }]);
    }
  }

  /** Whether a box lies on one that does not belong to the same node. */
  hit(box: Box, of?: string): boolean {
    for (const cell of around(box)) {
      for (const other of this.cells.get(cell) ?? []) {
        if ((of === undefined || other.of !== of) && overlap(box, other.box)) return true;
      }
    }
    return false;
  }
}

function* around(b: Box): Generator<string> {
  for (let x = Math.floor(b.x / CELL); x <= Math.floor((b.x + b.width) / CELL); x++) {
    for (let y = Math.floor(b.y / CELL); y <= Math.floor((b.y + b.height) / CELL); y++) yield `${x} ${y}`;
  }
}

export function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
