import { at, type Trace } from './model';
import type { Visible } from './visible';

export interface Sticky {
  /** Rows that stay at the top, the outermost first. */
  rows: readonly number[];
  /** What is above them and has no room, the nearest few, the outermost first. */
  above: readonly number[];
}

/** How many of those without room are named. */
const NAMED = 4;

/**
 * The callers of what is in view that are out of view themselves: at most so many, the nearest. Scrolled is how many
 * rows are hidden at the top, those that are cut counted. A row stays as long as something below it shows.
 */
export function sticky(t: Trace, visible: Visible, scrolled: number, most: number): Sticky {
  const shown = (place: number) => at(visible.rows, Math.min(visible.rows.length - 1, place));
  const rows: number[] = [];
  if (scrolled <= 0 || visible.rows.length === 0) return { rows, above: [] };
  const outer = Math.max(0, at(t.depth, shown(scrolled + most)) - most);
  while (rows.length < most && scrolled + rows.length < visible.rows.length) {
    const place = scrolled + rows.length;
    let row = shown(place);
    if (at(t.depth, row) <= outer + rows.length) break;
    while (at(t.depth, row) > outer + rows.length) row = at(t.parent, row);
    rows.push(row);
  }
  const above: number[] = [];
  const nearest = rows[0] ?? shown(scrolled);
  for (let row = at(t.parent, nearest); row >= 0 && above.length < NAMED; row = at(t.parent, row)) above.push(row);
  return { rows, above: above.reverse() };
}
