import { memo } from 'react';
import { useMessages } from '../i18n';
import { fillOf } from '../ui';
import type { Place } from './layout';
import styles from './map.module.css';
import { messages } from './messages';
import { type MapGraph, worst } from './model';
import type { Laid } from './useLayout';
import type { Viewport } from './useView';

/** All of the map, small, when it is much larger than the screen. */
export function Minimap({
  laid: { graph, layout },
  viewport,
  badShare,
}: {
  laid: Laid;
  viewport: Viewport;
  badShare: number;
}) {
  const text = useMessages(messages);
  const { view, screen, set } = viewport;
  const { bounds } = layout;
  const large = Math.max((bounds.width * view.k) / screen.width, (bounds.height * view.k) / screen.height) > 1.5;
  if (!large || screen.width < 500) return null;
  const k = Math.min(180 / bounds.width, 120 / bounds.height);
  return (
    <button
      type="button"
      className={styles.minimap}
      aria-label={text.minimap}
      onClick={e => {
        const box = e.currentTarget.getBoundingClientRect();
        if (e.detail === 0) return viewport.showAll();
        const x = (e.clientX - box.left) / k + bounds.x;
        const y = (e.clientY - box.top) / k + bounds.y;
        set({ k: view.k, x: screen.width / 2 - x * view.k, y: screen.height / 2 - y * view.k });
      }}
    >
      <svg
        width={bounds.width * k}
        height={bounds.height * k}
        viewBox={`${bounds.x} ${bounds.y} ${bounds.width} ${bounds.height}`}
        aria-hidden="true"
      >
        <MinimapNodes graph={graph} places={layout.places} badShare={badShare} />
        <rect
          className={styles.window}
          x={-view.x / view.k}
          y={-view.y / view.k}
          width={screen.width / view.k}
          height={screen.height / view.k}
        />
      </svg>
    </button>
  );
}

const MinimapNodes = memo(function MinimapNodes({
  graph,
  places,
  badShare,
}: {
  graph: MapGraph;
  places: Readonly<Record<string, Place>>;
  badShare: number;
}) {
  return graph.nodes.map(n => {
    const p = places[n.key];
    const bad = worst(n, badShare);
    return p && <circle key={n.key} cx={p.x} cy={p.y} r={34} fill={bad ? fillOf(bad.outcome) : 'var(--control)'} />;
  });
});
