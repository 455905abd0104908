import type { Place, Way } from './layout';

/** How an edge is drawn. */
export interface Curve {
  path: string;
  /** The tip of its arrow, and where that points, in degrees. */
  end: readonly [number, number];
  angle: number;
  middle: readonly [number, number];
  /** Points on it at which a label may stand, the best first. */
  spots: readonly (readonly [number, number])[];
}

export interface Ends {
  /** How far from the centre of the caller it begins, and from that of the callee it ends. */
  from: number;
  to: number;
  /** Whether there is an edge the other way, too: then they are drawn apart. */
  both: boolean;
}

/** The curve of an edge: level at each point on its way, from the rim of the one node to that of the other. */
export function curve(from: Place, to: Place, way: Way | undefined, ends: Ends): Curve {
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
    const bend = (x1 - x0) * BEND;
    const last = i === points.length - 1 ? side * 7 : 0;
    path += `C${x0 + bend} ${y0} ${x1 - bend} ${y1} ${x1 - last} ${y1}`;
  }
  const at = Math.floor((points.length - 1) / 2);
  const parts = points.slice(1).map((p, i) => [points[i] ?? start, p] as const);
  const near = parts.map((p, i) => ({ p, far: Math.abs(i - at) })).sort((a, b) => a.far - b.far);
  const spots = near.slice(0, 3).flatMap(({ p }) => SPOTS.map(t => along(p[0], p[1], t)));
  return { path, end, angle: forward ? 0 : 180, middle: spots[0] ?? start, spots };
}

/** The loop of a node that calls itself. */
export function loop(at: Place, r: number): Curve {
  const top: [number, number] = [at.x, at.y - r - 34];
  return {
    path: `M${at.x - 8} ${at.y - r - 6}c-22 -34 38 -34 18 -2`,
    end: [at.x + 9, at.y - r - 6],
    angle: 115,
    middle: top,
    spots: [top],
  };
}

const BEND = 0.45;
const SPOTS = [0.5, 0.35, 0.65, 0.22, 0.78];

/** A point of the curve between two that is level at both. */
function along(a: readonly [number, number], b: readonly [number, number], t: number): [number, number] {
  const s = 1 - t;
  const bend = (b[0] - a[0]) * BEND;
  const cubic = (p0: number, p1: number, p2: number, p3: number) =>
    s * s * s * p0 + 3 * s * s * t * p1 + 3 * s * t * t * p2 + t * t * t * p3;
  return [cubic(a[0], a[0] + bend, b[0] - bend, b[0]), cubic(a[1], a[1], b[1], b[1])];
}
