import { type MouseEvent, memo } from 'react';
import { Ring } from '../chart/Ring';
import { type Formats, useFormats, useMessages } from '../i18n';
import { fillOf, inkOf } from '../ui';
import { drawingOf } from './icons';
import { NAME_GAP } from './labels';
import type { Place } from './layout';
import styles from './map.module.css';
import { messages } from './messages';
import { type MapNode, type Shown, shown, worst } from './model';
import { middle, twoLines } from './text';
import type { Laid } from './useLayout';
import { nameOf, nodeHint, type Text, typeOf } from './words';

/** Glyphs of what is wrong, on a grid of 10 around the origin. */
const GLYPHS = {
  fault: 'M-4-4 4 4M4-4-4 4',
  error: 'M0-4 4.500 4h-9z',
  throttle: 'M0-5 5 0 0 5-5 0z',
} as const;

/** What is marked. */
export interface Marks {
  /** Keys of the nodes that are selected. */
  chosen: ReadonlySet<string>;
  /** The node that Tab leads to. */
  cursor: string | undefined;
  /** Keys of the nodes that stay bright; undefined for all. */
  bright: ReadonlySet<string> | undefined;
  found: ReadonlySet<string> | undefined;
  /** Where the reader put nodes. */
  pins: Readonly<Record<string, unknown>>;
  /** Nodes that an active insight is about. */
  insights: ReadonlySet<string>;
}

interface Acts {
  /** A click; more is that it adds to what is selected. */
  onSelect(key: string, more: boolean): void;
  /** A double click. */
  onFocus(key: string): void;
}

export const Nodes = memo(function Nodes({
  laid: { graph, layout },
  what,
  radius,
  marks,
  names,
  badShare,
  onSelect,
  onFocus,
}: Acts & {
  laid: Laid;
  what: Shown;
  radius(n: MapNode): number;
  marks: Marks;
  /** Nodes whose names have room. */
  names: ReadonlyMap<string, 'full' | 'name'>;
  badShare: number;
}) {
  const format = useFormats();
  const text = useMessages(messages);
  return graph.nodes.map(n => {
    const place = layout.places[n.key];
    return place ? (
      <Node
        key={n.key}
        n={n}
        place={place}
        r={radius(n)}
        value={value(n, what, format)}
        calls={graph.out.get(n.key)?.length ?? 0}
        selected={marks.chosen.has(n.key)}
        tab={marks.cursor === n.key}
        dim={marks.bright !== undefined && !marks.bright.has(n.key)}
        found={marks.found?.has(n.key) ?? false}
        pin={marks.pins[n.key] !== undefined}
        insight={marks.insights.has(n.key)}
        named={names.get(n.key)}
        badShare={badShare}
        text={text}
        format={format}
        onSelect={onSelect}
        onFocus={onFocus}
      />
    ) : null;
  });
});

function value(n: MapNode, what: Shown, format: Formats): string {
  const v = shown(n, what);
  return v === undefined ? '' : format.duration(v);
}

/** Words and formats come from above: a hook of each of hundreds of nodes would be called at every step of the address. */
const Node = memo(function Node({
  n,
  place,
  r,
  value,
  calls,
  selected,
  tab,
  dim,
  found,
  pin,
  insight,
  named,
  badShare,
  text,
  format,
  onSelect,
  onFocus,
}: Acts & {
  n: MapNode;
  place: Place;
  r: number;
  value: string;
  calls: number;
  selected: boolean;
  tab: boolean;
  dim: boolean;
  found: boolean;
  pin: boolean;
  insight: boolean;
  named: 'full' | 'name' | undefined;
  badShare: number;
  text: Text;
  format: Formats;
}) {
  const bad = worst(n, badShare);
  const measured = n.total > 0;
  const hint =
    nodeHint(n, calls, text, format) + (insight ? `\n${text.insight}` : '') + (pin ? `\n${text.pinned}` : '');
  return (
    <g
      className={styles.node}
      data-node={n.key}
      data-dim={dim}
      data-selected={selected}
      data-found={found}
      data-named={named}
      data-insight={insight}
      data-bundle={n.bundle?.kind}
      data-change={n.change}
      style={{ transform: `translate(${place.x}px, ${place.y}px)` }}
      role="button"
      tabIndex={tab ? 0 : -1}
      aria-pressed={selected}
      onClick={(e: MouseEvent) => onSelect(n.key, e.shiftKey)}
      onDoubleClick={() => onFocus(n.key)}
    >
      {/* The name for those who hear it, and the tooltip. */}
      <title>{hint}</title>
      {insight && (
        <>
          <circle className={styles.insight} r={r + 11} />
          <circle className={styles.insight} r={r + 16} />
        </>
      )}
      <circle className={styles.halo} r={r + 9} data-screen />
      {n.bundle && <circle className={styles.behind} r={r} cx={6} cy={-6} />}
      {n.client ? (
        <rect className={styles.disc} x={-r} y={-r} width={2 * r} height={2 * r} rx={8} />
      ) : (
        <circle className={`${styles.disc} ${n.inferred ? styles.inferred : ''}`} r={n.inferred ? r + 6 : r} />
      )}
      {!n.client && <Ring counts={n.counts} r={r} />}
      <path
        className={styles.icon}
        d={drawingOf(n.bundle?.kind === 'remotes' ? 'remote' : n.bundle?.kind === 'stores' ? 'database' : n.id.type)}
        transform={measured ? `translate(-6.500 ${-r + 7}) scale(.8)` : 'translate(-11 -11) scale(1.380)'}
      />
      {measured && (
        <g className={styles.values}>
          <text y={5} className={styles.value} data-long={value.length > 6}>
            {value}
          </text>
          <text y={5} dy="1.1em" className={styles.rate}>
            {format.number(n.perMinute)}/m
          </text>
        </g>
      )}
      {bad && <Badge outcome={bad.outcome} share={format.share(bad.share).replace(' ', '')} r={r} />}
      {pin && (
        <path className={styles.pin} d="M0-7v9M-4-7h8l-1 5h-6zM0 2v5" transform={`translate(${-r - 2} ${r - 6})`} />
      )}
      {(n.change || insight) && (
        <g className={styles.change} transform={`translate(${-r * 0.9} ${-r - 6})`}>
          <text textAnchor="middle">{insight ? text.insightShort : n.change && text.changes[n.change]}</text>
        </g>
      )}
      <NodeName n={n} r={r} text={text} />
    </g>
  );
});

/** What is wrong: a glyph and the share, so that colour is never alone. */
function Badge({ outcome, share, r }: { outcome: keyof typeof GLYPHS; share: string; r: number }) {
  return (
    <g className={styles.badge} transform={`translate(${r * 0.72} ${-r * 0.78})`}>
      <rect x={-9} y={-9} width={22 + share.length * 6.5} height={18} rx={9} />
      <path
        d={GLYPHS[outcome]}
        transform="scale(.85)"
        stroke={fillOf(outcome)}
        fill={outcome === 'fault' ? 'none' : fillOf(outcome)}
      />
      <text x={9} y={4} fill={inkOf(outcome)}>
        {share}
      </text>
    </g>
  );
}

/** The lines below a node: those of its name, and of its type when there is one to show. */
export function labelOf(n: MapNode, text: Text): { lines: string[]; type: string } {
  const lines = twoLines(nameOf(n, text));
  const type = n.client || (!n.id.type && !n.bundle) ? '' : middle(typeOf(n, text), 26);
  return { lines, type };
}

function NodeName({ n, r, text }: { n: MapNode; r: number; text: Text }) {
  const { lines, type } = labelOf(n, text);
  return (
    <text className={styles.label} y={r + NAME_GAP}>
      {lines.map((line, i) => (
        <tspan key={i} x={0} dy={i === 0 ? '0.95em' : '1.2em'} className={styles.name}>
          {line}
        </tspan>
      ))}
      {type && (
        <tspan x={0} dy="1.35em" className={styles.type}>
          {type}
        </tspan>
      )}
    </text>
  );
}

/** Names above all nodes, for views in which these are dots. */
export const FarNames = memo(function FarNames({
  laid: { graph, layout },
  radius,
  names,
}: {
  laid: Laid;
  radius(n: MapNode): number;
  names: ReadonlyMap<string, unknown>;
}) {
  const text = useMessages(messages);
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus; the nodes have the names
    <g aria-hidden="true" className={styles.far} data-far>
      {[...names.keys()].map(key => {
        const [n, place] = [graph.node.get(key), layout.places[key]];
        return n && place ? (
          <g key={key} transform={`translate(${place.x} ${place.y})`}>
            <NodeName n={n} r={radius(n)} text={text} />
          </g>
        ) : null;
      })}
    </g>
  );
});
