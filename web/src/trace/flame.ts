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
  const place = (parents: readonly number[], from: number, to: number, lane: number) => {
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
    if (groups.size === 0) return;
    lanes = Math.max(lanes, lane + 1);
    const all = [...groups.values()].map(rows => ({ rows, length: length(rows) }));
    const inner = all.reduce((sum, g) => sum + g.length, 0);
    const outer = parents[0] === -1 ? inner : length(parents);
    // Children at the same time take longer together than their parent: then they share its width.
    const scale = (to - from) / Math.max(inner, outer, 1);
    let x = from;
    for (const g of all.sort((a, b) => b.length - a.length)) {
      const end = x + g.length * scale;
      frames.push({ from: x, to: end, lane, row: g.rows[0] ?? 0, count: g.rows.length });
      place(g.rows, x, end, lane + 1);
      x = end;
    }
  };
  place([-1], 0, 1, 0);
  return { frames, lanes };
}
