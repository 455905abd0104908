import { memo } from 'react';
import { type Formats, useFormats, useMessages } from '../i18n';
import { fillOf } from '../ui';
import type { Curve } from './curves';
import styles from './map.module.css';
import { messages } from './messages';
import { type MapEdge, type MapNode, width, worst } from './model';
import type { Laid } from './useLayout';
import { edgeHint, type Text } from './words';

const DASHES: Record<string, string | undefined> = { fault: '12 5', error: '6 4', throttle: '1 6', link: '4 5' };

export interface EdgeLabels {
  /** Of edges whose labels have room. */
  edges: ReadonlyMap<string, readonly [number, number]>;
  /** Of all others that could have one while the pointer is on them. */
  spots: ReadonlyMap<string, readonly [number, number]>;
}

export const Edges = memo(function Edges({
  laid: { graph },
  curves,
  labels,
  bright,
  selected,
  badShare,
  onEdge,
}: {
  laid: Laid;
  curves: ReadonlyMap<string, Curve>;
  labels: EdgeLabels;
  bright: ReadonlySet<string> | undefined;
  selected: string | undefined;
  badShare: number;
  onEdge(key: string): void;
}) {
  const text = useMessages(messages);
  const format = useFormats();
  const lines = graph.edges.map(e => {
    const drawn = curves.get(e.key);
    const [source, target] = [graph.node.get(e.from), graph.node.get(e.to)];
    if (!drawn || !source || !target) return null;
    const shown = labels.edges.get(e.key);
    const spot = shown ?? labels.spots.get(e.key);
    return (
      <Edge
        key={e.key}
        e={e}
        source={source}
        target={target}
        path={drawn.path}
        x={drawn.end[0]}
        y={drawn.end[1]}
        angle={drawn.angle}
        middleX={drawn.middle[0]}
        middleY={drawn.middle[1]}
        labelX={spot?.[0]}
        labelY={spot?.[1]}
        labelled={shown !== undefined}
        selected={selected === e.key}
        dim={bright !== undefined && !(bright.has(e.from) && bright.has(e.to))}
        badShare={badShare}
        text={text}
        format={format}
        onEdge={onEdge}
      />
    );
  });
  // Above all lines, so that none is drawn through them.
  const words = graph.edges.map(e => {
    const at = labels.edges.get(e.key);
    if (!at || (bright && !(bright.has(e.from) && bright.has(e.to)))) return null;
    return (
      <text key={e.key} className={styles.edgeLabel} data-edge-label={e.key} x={at[0]} y={at[1] - 6}>
        {edgeText(e, worst(e, badShare)?.share, format)}
      </text>
    );
  });
  return (
    <>
      {lines}
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus; the lines' hints say the same */}
      <g aria-hidden="true">{words}</g>
    </>
  );
});

/** Numbers rather than objects, so that an edge whose ends stay is not drawn again. */
const Edge = memo(function Edge({
  e,
  source,
  target,
  path,
  x,
  y,
  angle,
  middleX,
  middleY,
  labelX,
  labelY,
  labelled,
  selected,
  dim,
  badShare,
  text,
  format,
  onEdge,
}: {
  e: MapEdge;
  source: MapNode;
  target: MapNode;
  path: string;
  x: number;
  y: number;
  angle: number;
  middleX: number;
  middleY: number;
  labelX: number | undefined;
  labelY: number | undefined;
  labelled: boolean;
  selected: boolean;
  dim: boolean;
  badShare: number;
  text: Text;
  format: Formats;
  onEdge(key: string): void;
}) {
  const bad = worst(e, badShare);
  const color = bad ? fillOf(bad.outcome) : 'var(--control)';
  const pattern = e.link ? 'link' : bad?.outcome;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the panel of a node leads to its edges
    <g
      className={styles.edge}
      data-edge={e.key}
      data-dim={dim}
      data-selected={selected}
      data-change={e.change}
      onClick={() => onEdge(e.key)}
    >
      <title>{edgeHint(e, source, target, text, format)}</title>
      <path className={styles.hit} d={path} data-screen />
      <path
        className={styles.line}
        d={path}
        stroke={color}
        strokeWidth={width(e)}
        {...(pattern ? { strokeDasharray: DASHES[pattern] } : {})}
      />
      <path
        className={styles.head}
        fill={color}
        d="M0 0-9-4.500-9 4.500z"
        transform={`translate(${x} ${y}) rotate(${angle})`}
      />
      {e.link && (
        <path
          className={styles.envelope}
          d="M-7-5H7V5H-7zM-7-5 0 1 7-5"
          transform={`translate(${middleX} ${middleY})`}
        />
      )}
      {!labelled && labelX !== undefined && labelY !== undefined && (
        <text className={styles.edgeHint} x={labelX} y={labelY - 6}>
          {edgeText(e, bad?.share, format)}
        </text>
      )}
    </g>
  );
});

/** What stands at an edge: average, rate, and the share of what is wrong; of a link its age. */
export function edgeText(e: MapEdge, share: number | undefined, format: Formats): string {
  if (e.link) return e.age === undefined ? '' : format.duration(e.age);
  if (e.total === 0) return '';
  const parts = [format.duration(e.average), `${format.number(e.perMinute)}/m`];
  if (share !== undefined) parts.push(format.share(share));
  return parts.join(' · ');
}
