import { FLAG } from '../api/console';
import { at, childrenOf, has, type Trace } from './model';

/** One rectangle of a flame: shares of the width, a lane from the top, and the row it stands for. */
export interface Frame {
  from: number;
  to: number;
  lane: number;
  row: number;
  /** How many rows it stands for. */
  count: number;
}

export interface Flame {
  frames: Frame[];
  lanes: number;
}

/** The frames of each lane, from the top. */
export function byLane({ frames, lanes }: Flame): readonly (readonly Frame[])[] {
  const found: Frame[][] = Array.from({ length: lanes }, () => []);
  for (const f of frames) found[f.lane]?.push(f);
  return found;
}

/** Everything in time: below its parent, and a lane further down while the place is taken. */
export function flame(t: Trace): Flame {
  const lanes = new Int32Array(t.count);
  const busy: number[] = [];
  const frames: Frame[] = [];
  for (let row = 0; row < t.count; row++) {
    const parent = at(t.parent, row);
    let lane = parent < 0 ? 0 : at(lanes, parent) + 1;
    while ((busy[lane] ?? -1) > at(t.start, row)) lane++;
    busy[lane] = at(t.end, row);
    lanes[row] = lane;
    frames.push({ from: at(t.start, row) / t.extent, to: at(t.end, row) / t.extent, lane, row, count: 1 });
  }
  return { frames, lanes: busy.length };
}

/** The same with siblings of one service and name as one frame, as wide as all of them take together. */
export function aggregated(t: Trace): Flame {
  const frames: Frame[] = [];
  let lanes = 0;
  const length = (rows: readonly number[]) => rows.reduce((sum, r) => sum + at(t.end, r) - at(t.start, r), 0);
  /** The groups below rows that are drawn together, from left to right. */
  const below = ({ rows: parents, from, to, lane }: Group): Group[] => {
    const groups = new Map<string, number[]>();
    for (const parent of parents) {
      for (const child of childrenOf(t, parent)) {
        if (has(t, child, FLAG.inferred)) continue;
        const key = `${t.service(child)}\n${t.name(child)}`;
        const rows = groups.get(key);
        if (rows) rows.push(child);
        else groups.set(key, [child]);
      }
    }
    const all = [...groups.values()].map(rows => ({ rows, length: length(rows) }));
    const inner = all.reduce((sum, g) => sum + g.length, 0);
    const outer = parents[0] === -1 ? inner : length(parents);
    // Children at the same time take longer together than their parent: then they share its width.
    const scale = (to - from) / Math.max(inner, outer, 1);
    let x = from;
    return all
      .sort((a, b) => b.length - a.length)
      .map(g => {
        const start = x;
        x += g.length * scale;
        return { rows: g.rows, from: start, to: x, lane: lane + 1 };
      });
  };
  // A stack and no recursion: calls may be nested as deep as a trace is long.
  const stack = below({ rows: [-1], from: 0, to: 1, lane: -1 }).reverse();
  for (let g = stack.pop(); g; g = stack.pop()) {
    lanes = Math.max(lanes, g.lane + 1);
    frames.push({ from: g.from, to: g.to, lane: g.lane, row: g.rows[0] ?? 0, count: g.rows.length });
    for (const child of below(g).reverse()) stack.push(child);
  }
  return { frames, lanes };
}

/** Rows that are one frame. */
interface Group {
  rows: readonly number[];
  from: number;
  to: number;
  lane: number;
}
