import { useMemo, useRef } from 'react';
import { type Amount, amountOf, around, centre, DEPTH } from '../../map/amount';
import { collapsed, folded } from '../../map/fold';
import { type MapGraph, part } from '../../map/model';
import type { Address } from './address';

export interface Drawn {
  /** What is drawn. */
  graph: MapGraph;
  /** The same without folding: what the table has. */
  whole: MapGraph;
  /** The node that is drawn for one that is folded. */
  drawnAs(key: string): string;
  amount: Amount;
  /** The node that a large map was opened around, when the reader chose none. */
  middle: string | undefined;
  depth: number;
}

/**
 * What of the map is drawn: without what is hidden, with groups and leaves as one node each, and of a
 * large map what is around its worst node.
 */
export function useDrawn(all: MapGraph | undefined, url: Address, badShare: number): Drawn | undefined {
  const { hide, by, fold, open, focus, depth, all: drawAll } = url;
  const before = useRef<string>(undefined);
  return useMemo(() => {
    if (!all) return undefined;
    const hidden = new Set(hide);
    const opened = new Set(open);
    const left = hidden.size > 0 ? part(all, k => !hidden.has(k)) : all;
    const groups = collapsed(left, by, opened);
    const inGroup = (key: string) => groups.standIn.get(key) ?? key;
    const focused = focus !== undefined && groups.graph.node.has(inGroup(focus)) ? inGroup(focus) : undefined;
    const amount = amountOf(groups.graph.nodes.length, drawAll);
    const middle = amount === 'focus' && focused === undefined ? centre(groups.graph, before.current) : undefined;
    before.current = middle;
    const at = focused ?? middle;
    const deep = focused !== undefined ? depth : DEPTH;
    const near = at === undefined ? undefined : around(groups.graph, at, deep);
    const seen = near ? part(groups.graph, k => near.has(k)) : groups.graph;
    const folds = fold === 'on' || (fold === 'auto' && amountOf(seen.nodes.length, true) !== 'all');
    const leaves = folds ? folded(seen, opened, badShare) : { graph: seen, standIn: new Map<string, string>() };
    const whole = focused !== undefined && near ? part(left, k => near.has(inGroup(k))) : left;
    const drawnAs = (key: string) => leaves.standIn.get(inGroup(key)) ?? inGroup(key);
    return { graph: leaves.graph, whole, drawnAs, amount, middle, depth: deep };
  }, [all, hide, by, fold, open, focus, depth, drawAll, badShare]);
}
