import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { FLAG } from '../../api/console';
import { useUrl } from '../../app/location';
import { type Shortcut, useShortcuts } from '../../app/shortcuts';
import { useFormats, useMessages } from '../../i18n';
import { address, type Zoom } from '../../trace/address';
import { toggled } from '../../trace/JsonTree';
import { messages } from '../../trace/messages';
import { at, has, type Trace } from '../../trace/model';
import { Overview } from '../../trace/Overview';
import { following, search } from '../../trace/search';
import { bySegment } from '../../trace/segments';
import { Timeline } from '../../trace/Timeline';
import { initiallyCollapsed, oneLevel, opened, visible } from '../../trace/visible';
import { Button, Empty, IconButton, Menu, Segments, TextField, Toggle } from '../../ui';
import styles from './page.module.css';

interface ViewProps {
  trace: Trace;
  services: ReadonlyMap<string, number>;
  onOpen(row: number): void;
}

/** The waterfall with what steers it: callees below their calls, or segment by segment as X-Ray has it. */
export function TimelineView({ trace, services, onOpen }: ViewProps) {
  const [url] = useUrl(address);
  const segments = url.rows === 'segments';
  const regrouped = useMemo(() => (segments ? bySegment(trace) : undefined), [trace, segments]);
  const open = useCallback((row: number) => onOpen(regrouped ? at(regrouped.order, row) : row), [onOpen, regrouped]);
  return <Steered trace={regrouped?.trace ?? trace} services={services} onOpen={open} />;
}

function Steered({ trace: t, services, onOpen }: ViewProps) {
  const text = useMessages(messages);
  const format = useFormats();
  const [url, setUrl] = useUrl(address);
  const selected = t.rowOf(url.seg);
  const now = useRef(t);
  now.current = t;
  const [collapsed, setCollapsed] = useCollapsed(t);
  const [cursor, setCursor] = useState(t.ids[selected >= 0 ? selected : (t.source.root ?? 0)]);
  const active = t.rowOf(cursor);
  const matches = useMemo(() => search(t, url.find), [t, url.find]);
  const marked = useMemo(() => new Set<number>(matches), [matches]);
  const faults = useMemo(() => {
    const rows: number[] = [];
    for (let row = 0; row < t.count; row++) if (has(t, row, FLAG.fault)) rows.push(row);
    return Int32Array.from(rows);
  }, [t]);
  const shown = useMemo(
    () => visible(t, { collapsed, prune: url.prune, onlyCritical: url.crit }),
    [t, collapsed, url.prune, url.crit],
  );

  const go = useCallback(
    (row: number) => {
      setCursor(t.ids[row]);
      setCollapsed(c => opened(t, c, row));
    },
    [t, setCollapsed],
  );
  // A row that is chosen elsewhere, in the panel or by a note, comes into view.
  const chosen = useRef(go);
  chosen.current = go;
  useEffect(() => {
    const row = url.seg === undefined ? -1 : now.current.rowOf(url.seg);
    if (row >= 0) chosen.current(row);
  }, [url.seg]);

  const state = useRef({ active, matches, faults, url, shown, panel: selected >= 0 });
  state.current = { active, matches, faults, url, shown, panel: selected >= 0 };
  const follow = useCallback(
    (back: boolean) => {
      const { active, matches, faults, url, panel } = state.current;
      const row = following(url.find.trim() ? matches : faults, active, back);
      if (row === undefined) return;
      go(row);
      if (panel) onOpen(row);
    },
    [go, onOpen],
  );
  const zoom = useCallback((z: Zoom | undefined) => setUrl({ z }, { replace: true }), [setUrl]);
  const arrange = useCallback(
    (calls: boolean) => setUrl({ rows: calls ? 'calls' : 'segments' }, { replace: true }),
    [setUrl],
  );
  const shortcuts = useMemo<Shortcut[]>(() => {
    const step = (by: number, open = false) => {
      const { shown, active } = state.current;
      const row = shown.rows[Math.max(0, Math.min(shown.rows.length - 1, shown.indexOf(active) + by))];
      if (row === undefined) return;
      setCursor(t.ids[row]);
      if (open && state.current.panel) onOpen(row);
    };
    return [
      { keys: 'j', label: text.nextRow, run: () => step(1) },
      { keys: 'k', label: text.previousRow, run: () => step(-1) },
      { keys: 'alt+arrowdown', label: text.nextRow, run: () => step(1, true) },
      { keys: 'alt+arrowup', label: text.previousRow, run: () => step(-1, true) },
      {
        keys: 'Enter',
        label: text.details,
        run: () => state.current.active >= 0 && onOpen(state.current.active),
      },
      { keys: 'n', label: text.next, run: () => follow(false) },
      { keys: 'p', label: text.previous, run: () => follow(true) },
      { keys: 'e', label: text.expandLevel, run: () => setCollapsed(c => oneLevel(t, c, true)) },
      { keys: 'E', label: text.collapseLevel, run: () => setCollapsed(c => oneLevel(t, c, false)) },
      { keys: 'a', label: text.onlyCritical, run: () => setUrl({ crit: !state.current.url.crit }, { replace: true }) },
      { keys: 'b', label: text.byCallTree, run: () => arrange(state.current.url.rows !== 'calls') },
      {
        keys: '+',
        label: text.zoomToRow,
        run: () => {
          const row = state.current.active;
          if (row < 0) return;
          const room = Math.max(1000, (at(t.end, row) - at(t.start, row)) * 0.05);
          zoom({ from: Math.max(0, at(t.start, row) - room), to: Math.min(t.extent, at(t.end, row) + room) });
        },
      },
      {
        keys: '-',
        label: text.zoomOut,
        run: () => {
          const z = state.current.url.z;
          if (!z) return;
          const half = (z.to - z.from) / 2;
          const wide = { from: Math.max(0, z.from - half), to: Math.min(t.extent, z.to + half) };
          zoom(wide.from === 0 && wide.to === t.extent ? undefined : wide);
        },
      },
      { keys: '0', label: text.zoomAll, run: () => zoom(undefined) },
      { keys: '/', label: text.search, run: () => document.getElementById(FIND)?.focus() },
    ];
  }, [t, text, follow, onOpen, setCollapsed, setUrl, zoom, arrange]);
  useShortcuts(shortcuts);

  const place = matches.indexOf(active);
  const window = url.z && url.z.from < t.extent ? url.z : undefined;
  return (
    <>
      <div className={styles.tools}>
        <TextField
          id={FIND}
          label={text.search}
          hideLabel
          placeholder={text.search}
          value={url.find}
          onChange={find => setUrl({ find }, { replace: true })}
          onKeyDown={e => {
            if (e.key === 'Enter' && !e.nativeEvent.isComposing) follow(e.shiftKey);
          }}
        />
        {url.find.trim() !== '' && (
          <span className={styles.count} role="status">
            {matches.length === 0
              ? text.noMatch
              : text.matches(place < 0 ? '–' : format.count(place + 1), format.count(matches.length))}
          </span>
        )}
        <IconButton icon="up" label={text.previous} keys="p" onPress={() => follow(true)} />
        <IconButton icon="down" label={text.next} keys="n" onPress={() => follow(false)} />
        <span className={styles.space} />
        <IconButton
          icon="plus"
          label={text.expandLevel}
          keys="e"
          onPress={() => setCollapsed(c => oneLevel(t, c, true))}
        />
        <IconButton
          icon="minus"
          label={text.collapseLevel}
          keys="E"
          onPress={() => setCollapsed(c => oneLevel(t, c, false))}
        />
        <Toggle isSelected={url.rows === 'calls'} onChange={arrange}>
          {text.byCallTree}
        </Toggle>
        <Toggle isSelected={url.crit} onChange={crit => setUrl({ crit }, { replace: true })}>
          {text.onlyCritical}
        </Toggle>
        <Menu
          label={text.prune}
          groups={[
            {
              id: 'services',
              label: text.prune,
              entries: t.services.slice(0, 200).map(name => ({
                id: name,
                label: name,
                checked: url.prune.includes(name),
                run: () => setUrl({ prune: [...toggled(new Set(url.prune), name)] }, { replace: true }),
              })),
            },
            {
              id: 'all',
              entries: [
                {
                  id: '\nall',
                  label: text.showAll,
                  disabled: url.prune.length === 0,
                  run: () => setUrl({ prune: [] }),
                },
              ],
            },
          ]}
        >
          <Button>{url.prune.length > 0 ? text.pruneMenu(format.count(url.prune.length)) : text.prune}</Button>
        </Menu>
        <Segments
          label={text.colourBy}
          hideLabel
          value={url.color}
          onChange={color => setUrl({ color }, { replace: true })}
          choices={[
            { id: 'outcome', label: text.colours.outcome },
            { id: 'service', label: text.colours.service },
          ]}
        />
        {window && (
          <Button kind="quiet" onPress={() => zoom(undefined)}>
            {text.zoomAll}
          </Button>
        )}
      </div>
      <Overview trace={t} zoom={window} colourBy={url.color} services={services} onZoom={zoom} />
      {shown.rows.length === 0 ? (
        <Empty title={text.nothingCritical} />
      ) : (
        <Timeline
          trace={t}
          visible={shown}
          collapsed={collapsed}
          matches={marked}
          active={active}
          zoom={window}
          colourBy={url.color}
          services={services}
          onActive={row => setCursor(t.ids[row])}
          onToggle={row => setCollapsed(c => toggled(c, row))}
          onOpen={row => {
            setCursor(t.ids[row]);
            onOpen(row);
          }}
        />
      )}
    </>
  );
}

const FIND = 'find-in-trace';

/** Rows that are closed, kept by id, so that they stay when newer rows come in. */
function useCollapsed(
  t: Trace,
): [ReadonlySet<number>, (change: (c: ReadonlySet<number>) => ReadonlySet<number>) => void] {
  const [ids, setIds] = useState<ReadonlySet<string>>(() => idsOf(t, initiallyCollapsed(t)));
  const rows = useMemo(() => {
    const found = new Set<number>();
    for (const id of ids) {
      const row = t.rowOf(id);
      if (row >= 0) found.add(row);
    }
    return found;
  }, [t, ids]);
  const current = useRef({ rows, t });
  current.current = { rows, t };
  const change = useCallback((f: (c: ReadonlySet<number>) => ReadonlySet<number>) => {
    const { rows, t } = current.current;
    const next = f(rows);
    if (next !== rows) setIds(idsOf(t, next));
  }, []);
  return [rows, change];
}

const idsOf = (t: Trace, rows: ReadonlySet<number>) => new Set([...rows].map(row => t.ids[row] ?? ''));
