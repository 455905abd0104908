import { describe, expect, it } from 'vitest';
import { FLAG } from '../api/console';
import { align, contributions } from './align';
import { serviceColours } from './colour';
import { type Made, made, nested } from './fixture';
import { aggregated, byLane, flame } from './flame';
import { layers } from './layers';
import { ancestorsOf, childrenOf, criticalParts, criticalShares, selfParts, traceOf } from './model';
import { following, search } from './search';
import { bySegment } from './segments';
import { statistics } from './statistics';
import { sticky } from './sticky';
import { initiallyCollapsed, oneLevel, opened, visible } from './visible';

const MS = 1e6;

// shop ┬ render
//      ├ call ─ payments ─ charge
//      └ tail
const shop = (slow = 0): Made => ({
  name: 'shop',
  service: 'shop',
  start: 0,
  end: (100 + slow) * MS,
  flags: FLAG.critical,
  children: [
    { name: 'render', start: 10 * MS, end: 20 * MS },
    {
      name: 'call',
      start: 20 * MS,
      end: (80 + slow) * MS,
      flags: FLAG.critical | FLAG.call,
      children: [
        {
          name: 'payments',
          service: 'payments',
          start: 30 * MS,
          end: (70 + slow) * MS,
          flags: FLAG.critical,
          children: [{ name: 'charge', start: 30 * MS, end: (60 + slow) * MS, flags: FLAG.fault }],
        },
      ],
    },
    { name: 'tail', start: 90 * MS, end: 95 * MS },
  ],
});

const all = { collapsed: new Set<number>(), prune: [], onlyCritical: false };

describe('the model', () => {
  it('walks children and ancestors', () => {
    const t = traceOf(made(shop()));
    expect([...childrenOf(t, 0)].map(t.name)).toEqual(['render', 'call', 'tail']);
    expect([...childrenOf(t, -1)]).toEqual([0]);
    expect(ancestorsOf(t, 4)).toEqual([3, 2, 0]);
    expect(t.service(4)).toBe('payments');
    expect(t.services).toEqual(['shop', 'payments']);
  });

  it('knows which parts of a row nothing below covers', () => {
    const t = traceOf(made(shop()));
    expect(selfParts(t, 0)).toEqual([
      { from: 0, to: 0.1 },
      { from: 0.8, to: 0.9 },
      { from: 0.95, to: 1 },
    ]);
    expect(selfParts(t, 1)).toEqual([{ from: 0, to: 1 }]);
  });

  it('ends what is in progress at the last known moment', () => {
    const t = traceOf(
      made({ name: 'a', start: 0, end: 50, flags: FLAG.inProgress }, { name: 'b', start: 10, end: 90 }),
    );
    expect(t.end[0]).toBe(90);
    const later = traceOf(t.source, t.source.start + 2);
    expect([later.end[0], later.end[1], later.extent]).toEqual([2e9, 90, 2e9]);
    // Nobody waits for hours: it counts for a quarter of an hour after the last document.
    expect(traceOf(t.source, t.source.start + 86_400).extent).toBe(900e9);
  });

  it('cuts the critical path to rows and adds it up', () => {
    const source = made(shop());
    source.critical = { row: [0, 2, 3], start: [0, 20 * MS, 30 * MS], end: [20 * MS, 30 * MS, 70 * MS] };
    const t = traceOf(source);
    expect(criticalParts(t).get(3)).toEqual([{ from: 0, to: 1 }]);
    const [first] = criticalShares(t);
    expect(first?.service).toBe('payments');
    expect(first?.share).toBeCloseTo(40 / 70);
  });
});

describe('visible rows', () => {
  const t = traceOf(made(shop()));
  it('leaves out what is collapsed, and says what hides it', () => {
    const v = visible(t, { ...all, collapsed: new Set([2]) });
    expect([...v.rows]).toEqual([0, 1, 2, 5]);
    expect(v.indexOf(4)).toBe(2);
    expect(v.indexOf(5)).toBe(3);
  });

  it('prunes services and counts what is below', () => {
    const v = visible(t, { ...all, prune: ['payments'] });
    expect([...v.rows]).toEqual([0, 1, 2, 3, 5]);
    expect(v.pruned.get(3)).toEqual({ count: 1, faults: 1 });
  });

  it('folds what is not critical', () => {
    expect([...visible(t, { ...all, onlyCritical: true }).rows]).toEqual([0, 2, 3]);
  });

  it('opens and closes levels', () => {
    const closed = oneLevel(t, new Set(), false);
    expect([...closed]).toEqual([3]);
    expect([...oneLevel(t, closed, false)].sort()).toEqual([2, 3]);
    expect(oneLevel(t, closed, true).size).toBe(0);
    expect(opened(t, closed, 4).size).toBe(0);
    expect(opened(t, closed, 1)).toBe(closed);
  });

  it('opens large traces three levels deep, and to faults', () => {
    const leaf = (flags = 0): Made => ({ name: 'leaf', start: 0, end: 1, flags });
    const branch = (flags = 0): Made => ({
      name: 'a',
      start: 0,
      end: 1,
      children: [{ name: 'b', start: 0, end: 1, children: [{ name: 'c', start: 0, end: 1, children: [leaf(flags)] }] }],
    });
    const root = {
      name: 'root',
      start: 0,
      end: 1,
      children: Array.from({ length: 700 }, (_, i) => branch(i === 5 ? FLAG.fault : 0)),
    };
    const big = traceOf(made(root));
    const collapsed = initiallyCollapsed(big);
    expect(collapsed.size).toBe(699);
    expect(visible(big, { ...all, collapsed }).rows.length).toBe(1 + 700 * 3 + 1);
  });
});

describe('search', () => {
  const t = traceOf(made(shop()));
  it('finds all words, in any case', () => {
    expect([...search(t, 'PAYMENTS')]).toEqual([3, 4]);
    expect([...search(t, 'payments fault')]).toEqual([4]);
    expect(search(t, ' ').length).toBe(0);
  });
  it('goes around the end', () => {
    const rows = Int32Array.from([3, 4]);
    expect(following(rows, 4, false)).toBe(3);
    expect(following(rows, 3, true)).toBe(4);
    expect(following(rows, 0, false)).toBe(3);
    expect(following(new Int32Array(0), 0, false)).toBeUndefined();
  });
});

describe('callers that stay at the top', () => {
  const t = traceOf(made(shop()));
  const stuck = (scrolled: number, most = 6) => sticky(t, visible(t, all), scrolled, most);

  it('are those out of view of what is in view', () => {
    expect(stuck(0)).toEqual({ rows: [], above: [] });
    // Below shop, call and payments there is charge; render ended before.
    expect(stuck(2).rows).toEqual([0, 2, 3]);
    // Render itself is in view, and so is what comes after it.
    expect(stuck(1).rows).toEqual([0]);
    // Where tail is at the top, only shop has something below in view.
    expect(stuck(5).rows).toEqual([0]);
  });

  it('are the nearest where there is no room for all', () => {
    const leaves = Array.from({ length: 20 }, (_, i) => ({ name: `leaf ${i}`, start: i, end: i + 1 }));
    let chain: Made = { name: 'call 9', start: 0, end: 20, children: leaves };
    for (let i = 8; i >= 0; i--) chain = { name: `call ${i}`, start: 0, end: 20, children: [chain] };
    const deep = traceOf(made(chain));
    const shown = visible(deep, all);
    expect(sticky(deep, shown, 15, 3)).toEqual({ rows: [7, 8, 9], above: [3, 4, 5, 6] });
    expect(sticky(deep, shown, 15, 20).rows).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // Of a chain those that would stay are where they are anyway.
    expect(sticky(deep, shown, 4, 3)).toEqual({ rows: [], above: [0, 1, 2, 3] });
  });

  it('are none of a trace without rows', () => {
    expect(sticky(t, { ...visible(t, all), rows: new Int32Array(0) }, 3, 3)).toEqual({ rows: [], above: [] });
  });
});

describe('rows by segment', () => {
  it('have the segments at the top, with their own subsegments', () => {
    const source = made(shop());
    source.critical = { row: [2, 3], start: [20 * MS, 30 * MS], end: [30 * MS, 70 * MS] };
    const t = traceOf(source);
    const { trace: s, order } = bySegment(t);
    expect([...order].map(t.name)).toEqual(['shop', 'render', 'call', 'tail', 'payments', 'charge']);
    expect([...s.depth]).toEqual([0, 1, 1, 1, 0, 1]);
    expect([...s.parent]).toEqual([-1, 0, 0, 0, -1, 4]);
    expect([...s.descendants]).toEqual([3, 0, 0, 0, 1, 0]);
    expect([s.name(4), s.service(5), s.rowOf(t.ids[4]), s.rowOf('?')]).toEqual(['payments', 'payments', 5, -1]);
    expect([...criticalParts(s).keys()]).toEqual([2, 4]);
    // A call has no longer what it waits for below it.
    expect(selfParts(s, 2)).toEqual([{ from: 0, to: 1 }]);
  });

  it('keep every row once, whatever the tree', () => {
    const { order } = bySegment(traceOf(made(shop(), { ...shop(), name: 'late' })));
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i));
  });
});

describe('statistics', () => {
  it('adds up services by their segments, and self time of everything', () => {
    const rows = statistics(traceOf(made(shop())), 'service');
    const payments = rows.find(r => r.key === 'payments');
    expect(payments).toMatchObject({ count: 1, total: 0.04, faults: 1 });
    expect(payments?.self).toBeCloseTo(0.04);
    expect(rows.reduce((sum, r) => sum + r.share, 0)).toBeCloseTo(1);
  });
});

describe('flames', () => {
  it('puts what runs at the same time into lanes of its own', () => {
    const t = traceOf(
      made({
        name: 'root',
        start: 0,
        end: 10,
        children: [
          { name: 'a', start: 0, end: 6 },
          { name: 'b', start: 4, end: 8 },
          { name: 'c', start: 8, end: 10 },
        ],
      }),
    );
    expect(flame(t).frames.map(f => f.lane)).toEqual([0, 1, 2, 1]);
    expect(byLane(flame(t)).map(lane => lane.map(f => t.name(f.row)))).toEqual([['root'], ['a', 'c'], ['b']]);
  });

  it('joins siblings of one name', () => {
    const child = (start: number) => ({ name: 'step', start, end: start + 2 });
    const t = traceOf(made({ name: 'root', start: 0, end: 10, children: [child(0), child(4)] }));
    const { frames } = aggregated(t);
    expect(frames.map(f => f.count)).toEqual([1, 2]);
    expect(frames[1]?.to).toBeCloseTo(0.4);
  });
});

describe('comparison', () => {
  it('finds where the difference is', () => {
    const [a, b] = [traceOf(made(shop())), traceOf(made(shop(50)))];
    const pairs = align(a, b);
    expect(pairs.map(p => p.difference)).toEqual(['slower', 'same', 'slower', 'slower', 'slower', 'same']);
    const [first] = contributions(a, b, pairs);
    expect(first).toMatchObject({ key: 'payments › charge', contribution: 50 * MS, a: 1, b: 1 });
    expect(pairs.reduce((sum, p) => sum + p.contribution, 0)).toBeCloseTo(50 * MS);
  });

  it('says what only one has, with everything below', () => {
    const plain = { ...shop(), children: [] };
    const [a, b] = [traceOf(made(plain)), traceOf(made(shop()))];
    expect(align(a, b).map(p => p.difference)).toEqual(['same', 'only-b', 'only-b', 'only-b', 'only-b', 'only-b']);
    expect(align(b, a).filter(p => p.difference === 'only-a').length).toBe(5);
  });
});

describe('colours and places', () => {
  it('gives ten services ten colours, always the same', () => {
    const names = Array.from({ length: 10 }, (_, i) => `service-${i}`);
    const colours = serviceColours(names);
    expect(new Set(colours.values()).size).toBe(10);
    expect(serviceColours([...names].reverse())).toEqual(colours);
  });

  it('puts callers left, and does not mind circles', () => {
    const places = layers(
      [1, 2, 3, 4],
      [
        [1, 2],
        [2, 3],
        [1, 3],
        [3, 2],
        [4, 4],
      ],
    );
    expect([1, 2, 3].map(id => places.get(id)?.column)).toEqual([0, 1, 2]);
    expect(places.get(4)).toEqual({ column: 0, row: expect.any(Number) });
  });
});

describe('calls that are nested fifty thousand deep', () => {
  const t = traceOf(nested(50_000));
  it('are compared and drawn without running out of stack', () => {
    const pairs = align(t, t);
    expect(pairs).toHaveLength(50_000);
    expect(pairs.at(-1)).toMatchObject({ a: 49_999, b: 49_999, depth: 49_999, difference: 'same' });
    expect(aggregated(t)).toMatchObject({ lanes: 50_000 });
    expect(flame(t).lanes).toBe(50_000);
    expect(ancestorsOf(t, 49_999, 4)).toEqual([49_998, 49_997, 49_996, 49_995]);
  });
});
