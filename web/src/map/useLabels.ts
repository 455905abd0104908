import { useMemo } from 'react';
import { useFormats, useMessages } from '../i18n';
import type { Curve } from './curves';
import { edgeText } from './Edges';
import { type EdgeLabel, FAR, type NodeLabel, type Placed, placeLabels, textSizes } from './labels';
import { messages } from './messages';
import { importance, type MapNode, worst } from './model';
import { labelOf, type Marks } from './Nodes';
import type { Laid } from './useLayout';

/** Types show from this zoom on, labels of edges beside a selected node, and those of all. */
export const TYPES = 0.66;
const BESIDE = 0.6;
const EDGES = 0.88;

/** Which labels have room in a view of a zoom step. */
export function useLabels(
  { graph, layout }: Laid,
  curves: ReadonlyMap<string, Curve>,
  step: number,
  radius: (n: MapNode) => number,
  marks: Marks,
  edge: string | undefined,
  badShare: number,
): Placed {
  const text = useMessages(messages);
  const format = useFormats();
  const { chosen, found, insights, bright } = marks;
  const nodes = useMemo(
    () =>
      graph.nodes.flatMap((n): NodeLabel[] => {
        const place = layout.places[n.key];
        if (!place) return [];
        const { lines, type } = labelOf(n, text);
        return [
          {
            key: n.key,
            x: place.x,
            y: place.y,
            r: radius(n),
            lines: lines.map(l => widthOf(l, 600)),
            type: type ? widthOf(type, 400) : 0,
            topped: n.change !== undefined || insights.has(n.key) || worst(n, badShare) !== undefined,
            weight:
              importance(n, badShare) +
              (insights.has(n.key) ? 2000 : 0) +
              (bright && !bright.has(n.key) ? -5000 : 0) +
              (found?.has(n.key) ? 5000 : 0) +
              (chosen.has(n.key) ? 10_000 : 0),
          },
        ];
      }),
    [graph, layout, text, radius, insights, badShare, found, chosen, bright],
  );
  return useMemo(() => {
    const first = new Set<string>();
    const edges = graph.edges.flatMap((e): EdgeLabel[] => {
      const spots = curves.get(e.key)?.spots;
      const label = edgeText(e, worst(e, badShare)?.share, format);
      if (!spots || label === '') return [];
      const beside = e.key === edge || chosen.has(e.from) || chosen.has(e.to);
      if (beside) first.add(e.key);
      const weight = (beside ? 1000 : 0) + Math.log1p(e.total);
      return [{ key: e.key, spots, width: widthOf(label, 400) + 0.6, weight }];
    });
    const placed = placeLabels(nodes, edges, textSizes(step), {
      types: step >= TYPES,
      edges: step >= BESIDE,
      far: step < FAR,
    });
    if (step >= EDGES) return placed;
    const shown = [...placed.edges].filter(([key]) => first.has(key));
    return { ...placed, edges: new Map(shown) };
  }, [graph, curves, nodes, step, chosen, edge, badShare, format]);
}

const widths = new Map<string, number>();
let canvas: CanvasRenderingContext2D | null | undefined;
let face = '';

/** The width of text in ems, as the browser draws it. */
function widthOf(text: string, weight: 400 | 600): number {
  const key = `${weight}${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  canvas ??= document.createElement('canvas').getContext('2d');
  face ||= getComputedStyle(document.body).fontFamily;
  if (!canvas) return text.length * 0.6;
  canvas.font = `${weight} 100px ${face}`;
  const width = canvas.measureText(text).width / 100;
  if (widths.size > 20_000) widths.clear();
  widths.set(key, width);
  return width;
}
