import { FLAG } from '../api/console';
import { at, childrenOf, has, type Trace } from './model';

export type Difference = 'only-a' | 'only-b' | 'slower' | 'faster' | 'same';

/** Two rows that are the same work in both traces; -1 where one has none. Times are nanoseconds. */
export interface Pair {
  a: number;
  b: number;
  depth: number;
  difference: Difference;
  /** How much longer it took in B. */
  delta: number;
  /** How much longer it worked itself in B: these add up to what the traces differ by, as far as nothing overlaps. */
  contribution: number;
}

/** Less than this, or less than a tenth of the longer, is the same. */
const NOISE = 1e6;

function judge(a: number, b: number): Difference {
  const delta = b - a;
  if (Math.abs(delta) < Math.max(NOISE, 0.1 * Math.max(a, b))) return 'same';
  return delta > 0 ? 'slower' : 'faster';
}

/** Pairs the rows of two traces by path: of what is called alike below the same parent, the nth with the nth. */
export function align(a: Trace, b: Trace): Pair[] {
  const pairs: Pair[] = [];
  const length = (t: Trace, row: number) => at(t.end, row) - at(t.start, row);
  const own = (t: Trace, row: number) => (has(t, row, FLAG.inferred) ? 0 : at(t.self, row));
  const one = (t: Trace, top: number, depth: number, side: 'a' | 'b') => {
    const sign = side === 'a' ? -1 : 1;
    for (let row = top; row <= top + at(t.descendants, top); row++) {
      pairs.push({
        a: side === 'a' ? row : -1,
        b: side === 'b' ? row : -1,
        depth: depth + at(t.depth, row) - at(t.depth, top),
        difference: side === 'a' ? 'only-a' : 'only-b',
        delta: sign * length(t, row),
        contribution: sign * own(t, row),
      });
    }
  };
  /** What comes below a pair of rows, in order: pairs, and subtrees that only one has. */
  const below = (pa: number, pb: number, depth: number): Waiting[] => {
    const waiting = new Map<string, number[]>();
    for (const row of childrenOf(b, pb)) {
      const key = keyOf(b, row);
      const rows = waiting.get(key);
      if (rows) rows.push(row);
      else waiting.set(key, [row]);
    }
    for (const rows of waiting.values()) rows.reverse();
    const found: Waiting[] = [];
    for (const row of childrenOf(a, pa)) found.push({ a: row, b: waiting.get(keyOf(a, row))?.pop() ?? -1, depth });
    const rest = [...waiting.values()].flat().sort((x, y) => x - y);
    for (const row of rest) found.push({ a: -1, b: row, depth });
    return found;
  };
  // A stack and no recursion: calls may be nested as deep as a trace is long.
  const stack = below(-1, -1, 0).reverse();
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { a: ra, b: rb, depth } = next;
    if (rb < 0) one(a, ra, depth, 'a');
    else if (ra < 0) one(b, rb, depth, 'b');
    else {
      pairs.push({
        a: ra,
        b: rb,
        depth,
        difference: judge(length(a, ra), length(b, rb)),
        delta: length(b, rb) - length(a, ra),
        contribution: own(b, rb) - own(a, ra),
      });
      for (const child of below(ra, rb, depth + 1).reverse()) stack.push(child);
    }
  }
  return pairs;
}

/** Rows whose turn comes; -1 where a trace has none. */
interface Waiting {
  a: number;
  b: number;
  depth: number;
}

function keyOf(t: Trace, row: number): string {
  return `${t.service(row)}\n${t.name(row)}\n${has(t, row, FLAG.inferred) ? 'i' : ''}`;
}

/** What the traces differ by in one service and name, added up. */
export interface Contribution {
  key: string;
  service: string;
  name: string;
  contribution: number;
  /** How many rows in each. */
  a: number;
  b: number;
  /** The row that differs most, in A or B. */
  worst: Pair;
}

/** The largest first, whichever way. */
export function contributions(a: Trace, b: Trace, pairs: readonly Pair[]): Contribution[] {
  const found = new Map<string, Contribution>();
  for (const pair of pairs) {
    const [t, row] = pair.b >= 0 ? [b, pair.b] : [a, pair.a];
    if (has(t, row, FLAG.inferred)) continue;
    const service = t.service(row);
    const name = t.name(row);
    const key = `${service} › ${name}`;
    const known = found.get(key) ?? { key, service, name, contribution: 0, a: 0, b: 0, worst: pair };
    known.contribution += pair.contribution;
    if (pair.a >= 0) known.a++;
    if (pair.b >= 0) known.b++;
    if (Math.abs(pair.contribution) > Math.abs(known.worst.contribution)) known.worst = pair;
    found.set(key, known);
  }
  return [...found.values()].sort((x, y) => Math.abs(y.contribution) - Math.abs(x.contribution));
}
