import { type RefObject, useMemo, useRef } from 'react';
import { type Shortcut, useShortcuts } from '../../app/shortcuts';
import { useMessages } from '../../i18n';
import { type MapGraph, worstNode } from '../../map/model';
import type { SceneHandle } from '../../map/Scene';
import type { Address, Change } from './address';
import { messages } from './messages';

/** What the keys of the map act on. */
export interface Acts {
  url: Address;
  graph: MapGraph | undefined;
  found: ReadonlySet<string> | undefined;
  chosen: ReadonlySet<string>;
  setUrl: Change;
  select(key: string | undefined, more?: boolean): void;
  choose(keys: readonly string[]): void;
  focusOn(key: string): void;
  hide(keys: Iterable<string>): void;
  /** Unfolds the node, or folds it with those that it belongs to. */
  fold(key: string): void;
  pin(key: string): void;
  unpinAll(): void;
  nextGrouping(): void;
  clearFind(): void;
}

/** The keys of the map. Each does what a pointer can do, too. */
export function useMapKeys(
  acts: Acts,
  scene: RefObject<SceneHandle | null>,
  findField: RefObject<HTMLElement | null>,
): void {
  const { open: keys } = useMessages(messages);
  const now = useRef(acts);
  now.current = acts;
  const shortcuts = useMemo<Shortcut[]>(() => {
    /** The node that has the focus of the keyboard, else the selected one. */
    const node = () => {
      const focused = document.activeElement?.closest<SVGGElement>('[data-node]')?.dataset.node;
      return focused ?? now.current.url.node;
    };
    const withNode = (act: (key: string) => void) => () => {
      const key = node();
      if (key) act(key);
    };
    const path = (way: 'up' | 'down') =>
      withNode(k => {
        const { url, setUrl } = now.current;
        setUrl({ node: k, also: [], edge: undefined, path: url.path === way ? 'none' : way });
      });
    return [
      { keys: 'arrows', label: keys.follow },
      { keys: 'Enter', label: keys.panel, run: withNode(k => now.current.select(k)) },
      {
        keys: 'f',
        label: keys.focus,
        run: () => {
          const { url, setUrl, focusOn } = now.current;
          if (url.focus) setUrl({ focus: undefined });
          else withNode(focusOn)();
        },
      },
      { keys: 'u', label: keys.up, run: path('up') },
      { keys: 'd', label: keys.down, run: path('down') },
      {
        keys: 'b',
        label: keys.worst,
        run: () => {
          const { graph, select } = now.current;
          const worst = graph && worstNode(graph);
          if (!worst) return;
          select(worst.key);
          scene.current?.focus(worst.key);
        },
      },
      { keys: 's', label: keys.also, run: withNode(k => now.current.select(k, true)) },
      { keys: 'S', label: keys.allFound, run: () => now.current.choose([...(now.current.found ?? [])]) },
      {
        keys: 'z',
        label: keys.zoomTo,
        run: () => {
          const { chosen } = now.current;
          if (chosen.size > 0) scene.current?.show(chosen);
          else withNode(k => scene.current?.show([k]))();
        },
      },
      { keys: 'shift+arrows', label: keys.move },
      { keys: 'p', label: keys.pin, run: withNode(k => now.current.pin(k)) },
      { keys: 'P', label: keys.unpin, run: () => now.current.unpinAll() },
      { keys: 'x', label: keys.fold, run: withNode(k => now.current.fold(k)) },
      { keys: 'c', label: keys.group, run: () => now.current.nextGrouping() },
      { keys: '0', label: keys.fit, run: () => scene.current?.viewport.showAll() },
      { keys: '+', label: keys.zoomIn, run: () => scene.current?.viewport.zoom(1.3) },
      { keys: '-', label: keys.zoomOut, run: () => scene.current?.viewport.zoom(1 / 1.3) },
      {
        keys: 'h',
        label: keys.hide,
        run: () => {
          const { chosen, hide } = now.current;
          if (chosen.size > 1) hide(chosen);
          else withNode(k => hide([k]))();
        },
      },
      {
        keys: 'v',
        label: keys.table,
        run: () => now.current.setUrl({ view: now.current.url.view === 'map' ? 'table' : 'map' }),
      },
      { keys: 'n', label: keys.find, run: () => findField.current?.querySelector('input')?.focus() },
      {
        keys: 'Escape',
        label: keys.clear,
        run: () => {
          const { url, setUrl, clearFind } = now.current;
          if (url.path !== 'none') setUrl({ path: 'none' });
          else if (url.node ?? url.edge) setUrl({ node: undefined, also: [], edge: undefined });
          else if (url.find) clearFind();
          else setUrl({ focus: undefined });
        },
      },
    ];
  }, [keys, scene, findField]);
  useShortcuts(shortcuts);
}
