import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useRef, useState } from 'react';
import { queries } from '../../api/queries';
import { useGo, useUrl } from '../../app/location';
import { usePage } from '../../app/page';
import { useScope, useScopeChange } from '../../app/scope';
import { endpoint, shell } from '../../app/share';
import { type Shortcut, useShortcuts } from '../../app/shortcuts';
import { glossary, useFormats, useMessages, useText } from '../../i18n';
import { mermaid, png, standalone } from '../../map/exports';
import { parseFind } from '../../map/find';
import { messages as mapMessages } from '../../map/messages';
import { part, reach, SHOWN, type Shown, worstNode } from '../../map/model';
import { Scene, type SceneHandle } from '../../map/Scene';
import { useLayout } from '../../map/useLayout';
import { describe } from '../../map/words';
import { FilterBox } from '../../query/FilterBox';
import { facets as facetsOf, knownOf } from '../../query/facets';
import {
  Banner,
  Button,
  copy,
  download,
  IconButton,
  Menu,
  OUTCOMES,
  OutcomeMark,
  PanelLayout,
  Problem,
  Reloading,
  Segments,
  Skeleton,
  TextField,
} from '../../ui';
import { codec, integer, list, oneOf, optional, sort, text as textParam } from '../../url/codec';
import { parseTraceId } from '../../url/traceid';
import type { Selected } from './filter';
import styles from './map.module.css';
import { messages } from './messages';
import { Nothing } from './Nothing';
import { Side } from './Side';
import { csv, Tables } from './Tables';
import { type Cmp, useGraph } from './useGraph';

const address = codec({
  node: optional(),
  edge: optional(),
  focus: optional(),
  depth: integer(1, 1, 9),
  path: oneOf(['none', 'up', 'down'], 'none'),
  view: oneOf(['map', 'table'], 'map'),
  value: oneOf(SHOWN, 'average'),
  size: oneOf(['none', 'traffic', 'health'], 'none'),
  cmp: oneOf(['off', 'previous', 'day', 'week'], 'off'),
  find: textParam(),
  hide: list(),
  sort: sort({ column: 'rate', descending: true }),
});

const CROWDED = 600;
const MOST = 2000;

/** The trace map: the services of the traces that match, and the calls between them. */
export default function TraceMap() {
  const text = useMessages(messages);
  const onMap = useMessages(mapMessages);
  const words = useMessages(glossary);
  const common = useText();
  const format = useFormats();
  const scope = useScope();
  const { filter, group, window: w } = scope;
  const { set } = useScopeChange();
  const [url, setUrl] = useUrl(address);
  const go = useGo();
  const [tidy, setTidy] = useState(0);
  const [drawAll, setDrawAll] = useState(false);
  const [typed, setTyped] = useState(url.find);
  const groups = useQuery(queries.groups());
  const { found, against, graph: all } = useGraph(w, filter, group, url.cmp as Cmp);
  const scene = useRef<SceneHandle>(null);
  const findField = useRef<HTMLDivElement>(null);
  const at = useRef(0);

  const tooMany = all !== undefined && all.nodes.length > CROWDED && !drawAll && url.focus === undefined;
  const graph = useMemo(() => {
    if (!all) return undefined;
    const hidden = new Set(url.hide);
    let near: ReadonlySet<string> | undefined;
    if (url.focus !== undefined && all.node.has(url.focus)) near = reach(all, url.focus, 'both', url.depth);
    else if (tooMany) near = reach(all, worstNode(all)?.key ?? '', 'both', 2);
    return hidden.size === 0 && !near ? all : part(all, k => !hidden.has(k) && (near?.has(k) ?? true));
  }, [all, url.hide, url.focus, url.depth, tooMany]);
  const laid = useLayout(url.view === 'map' ? graph : undefined, tidy);

  const test = useMemo(() => parseFind(url.find), [url.find]);
  const matches = useMemo(
    () => (test && graph ? new Set(graph.nodes.filter(test).map(n => n.key)) : undefined),
    [test, graph],
  );
  const bright = useMemo(() => {
    if (!graph) return undefined;
    const node = url.node !== undefined && graph.node.has(url.node) ? url.node : undefined;
    if (node && url.path !== 'none') return reach(graph, node, url.path as 'up' | 'down');
    if (matches) return matches;
    if (node) return reach(graph, node, 'both', 1);
    const edge = graph.edges.find(e => e.key === url.edge);
    return edge && new Set([edge.from, edge.to]);
  }, [graph, url.node, url.edge, url.path, matches]);

  const select = useCallback(
    (key: string | undefined) => setUrl({ node: key, edge: undefined, path: 'none' }),
    [setUrl],
  );
  const selectEdge = useCallback((key: string) => setUrl({ edge: key, node: undefined, path: 'none' }), [setUrl]);
  const focusOn = useCallback((key: string) => setUrl({ focus: key, node: key, edge: undefined }), [setUrl]);
  const run = useCallback(
    (q: string) => {
      const id = parseTraceId(q);
      if (id) go(`/traces/${id}`);
      else set({ q });
    },
    [set, go],
  );

  const selected = useMemo<Selected | undefined>(() => {
    if (!all) return undefined;
    const node = url.node === undefined ? undefined : all.node.get(url.node);
    if (node) {
      const target = all.node.get(all.out.get(node.key)?.[0]?.to ?? '');
      return { kind: 'node', node, ...(target ? { target } : {}) };
    }
    const edge = all.edges.find(e => e.key === url.edge);
    const [from, to] = [all.node.get(edge?.from ?? ''), all.node.get(edge?.to ?? '')];
    return edge && from && to ? { kind: 'edge', edge, from, to } : undefined;
  }, [all, url.node, url.edge]);

  const sought = useMemo(() => [...(matches ?? [])], [matches]);
  const nextMatch = (by: number) => {
    if (sought.length === 0) return;
    at.current = (at.current + by + sought.length) % sought.length;
    const key = sought[at.current];
    if (key) scene.current?.focus(key);
  };

  const present = useRef({ graph, url });
  present.current = { graph, url };
  const shortcuts = useMemo<Shortcut[]>(() => {
    const keys = text.open;
    /** The node that has the focus of the keyboard, else the selected one. */
    const node = () => {
      const focused = document.activeElement?.closest<SVGGElement>('[data-node]')?.dataset.node;
      return focused ?? present.current.url.node;
    };
    const withNode = (act: (key: string) => void) => () => {
      const key = node();
      if (key) act(key);
    };
    const path = (way: 'up' | 'down') =>
      withNode(k => setUrl({ node: k, edge: undefined, path: present.current.url.path === way ? 'none' : way }));
    return [
      { keys: 'Enter', label: keys.panel, run: withNode(select) },
      {
        keys: 'f',
        label: keys.focus,
        run: () => (present.current.url.focus ? setUrl({ focus: undefined }) : withNode(focusOn)()),
      },
      { keys: 'u', label: keys.up, run: path('up') },
      { keys: 'd', label: keys.down, run: path('down') },
      {
        keys: 'b',
        label: keys.worst,
        run: () => {
          const worst = present.current.graph && worstNode(present.current.graph);
          if (!worst) return;
          select(worst.key);
          scene.current?.focus(worst.key);
        },
      },
      { keys: '0', label: keys.fit, run: () => scene.current?.viewport.showAll() },
      { keys: '+', label: keys.zoomIn, run: () => scene.current?.viewport.zoom(1.3) },
      { keys: '-', label: keys.zoomOut, run: () => scene.current?.viewport.zoom(1 / 1.3) },
      {
        keys: 'h',
        label: keys.hide,
        run: withNode(k => setUrl({ hide: [...present.current.url.hide, k], node: undefined })),
      },
      {
        keys: 'v',
        label: keys.table,
        run: () => setUrl({ view: present.current.url.view === 'map' ? 'table' : 'map' }),
      },
      { keys: 'n', label: keys.find, run: () => findField.current?.querySelector('input')?.focus() },
      {
        keys: 'Escape',
        label: keys.clear,
        run: () => {
          const u = present.current.url;
          if (u.path !== 'none') setUrl({ path: 'none' });
          else if (u.node ?? u.edge) setUrl({ node: undefined, edge: undefined });
          else if (u.find) {
            setTyped('');
            setUrl({ find: '' });
          } else setUrl({ focus: undefined });
        },
      },
    ];
  }, [text, select, focusOn, setUrl]);
  useShortcuts(shortcuts);

  const worst = all && worstNode(all);
  const summary = all
    ? [
        text.summary(format.count(all.nodes.length), format.count(all.edges.length)),
        ...(worst && worst.counts.fault > 0
          ? [text.worstIs(worst.id.name, format.share(worst.counts.fault / worst.total))]
          : []),
      ].join(' · ')
    : '';

  const info = useMemo(
    () => ({
      title: common.pages.map,
      markdown: () => [filter === '' ? common.bar.allTraces : `\`${filter}\``, summary],
      cli: () =>
        `aws xray get-service-graph --endpoint-url ${shell(endpoint())} --start-time ${Math.floor(w.from / 1000)} --end-time ${Math.ceil(w.to / 1000)}` +
        (group ? ` --group-name ${shell(group)}` : ''),
      share: [
        {
          id: 'svg',
          label: text.svg,
          run: () => {
            const svg = scene.current?.svg;
            if (svg) download('trace-map.svg', 'image/svg+xml', standalone(svg));
          },
        },
        {
          id: 'png',
          label: text.png,
          run: () => {
            const svg = scene.current?.svg;
            if (svg) void png(svg).then(picture => download('trace-map.png', 'image/png', picture));
          },
        },
        {
          id: 'mermaid',
          label: text.mermaid,
          run: () => {
            if (graph)
              void copy(
                mermaid(graph, n => `${format.number(n)}/min`),
                common.actions.copied,
              );
          },
        },
        { id: 'csv', label: text.csv, run: () => graph && download('trace-map.csv', 'text/csv', csv(graph)) },
      ],
    }),
    [common, text, format, filter, summary, graph, group, w],
  );
  usePage(info);

  const known = useMemo(
    () =>
      knownOf(
        facetsOf([]),
        (groups.data ?? []).map(g => g.GroupName),
      ),
    [groups.data],
  );
  const nameOf = (key: string) => all?.node.get(key)?.id.name ?? key;
  const marks = all && {
    new: all.nodes.filter(n => n.change === 'new').length,
    lost: all.nodes.filter(n => n.change === 'lost').length,
    changed: all.nodes.filter(n => n.change === 'changed').length,
  };
  const spoken =
    selected?.kind === 'node' && all
      ? describe(selected.node, all.out.get(selected.node.key)?.length ?? 0, onMap, format)
      : '';

  return (
    <PanelLayout>
      <div className={styles.page}>
        <div className={styles.query}>
          <FilterBox value={filter} onRun={run} window={w} group={group} known={known} />
        </div>
        <div className={styles.tools} role="toolbar" aria-label={text.more}>
          <div className={styles.find} ref={findField}>
            <TextField
              label={text.find}
              hideLabel
              placeholder={text.findHint}
              value={typed}
              onChange={t => {
                setTyped(t);
                at.current = -1;
                if (parseFind(t) !== undefined) setUrl({ find: t }, { replace: true });
              }}
              onKeyDown={e => {
                if (e.key === 'Enter' && !e.nativeEvent.isComposing) nextMatch(e.shiftKey ? -1 : 1);
              }}
              error={parseFind(typed) === undefined ? text.findWrong : undefined}
            />
            {matches && (
              <>
                <span className={styles.count} role="status">
                  {text.found(format.count(matches.size))}
                </span>
                {matches.size > 0 && (
                  <>
                    <IconButton icon="up" label={text.previous} onPress={() => nextMatch(-1)} />
                    <IconButton icon="down" label={text.next} onPress={() => nextMatch(1)} />
                    <Button
                      onPress={() => {
                        setUrl({ hide: [...new Set([...url.hide, ...matches])], find: '' });
                        setTyped('');
                      }}
                    >
                      {text.hideFound}
                    </Button>
                  </>
                )}
              </>
            )}
          </div>
          <div className={styles.states}>
            {url.focus !== undefined && (
              <>
                <Button icon="close" onPress={() => setUrl({ focus: undefined })}>
                  {text.focusOn(nameOf(url.focus))}
                </Button>
                <IconButton
                  icon="minus"
                  label={`${text.focusOn(nameOf(url.focus))} −1`}
                  isDisabled={url.depth <= 1}
                  onPress={() => setUrl({ depth: url.depth - 1 })}
                />
                <span className={styles.count}>±{url.depth}</span>
                <IconButton
                  icon="plus"
                  label={`${text.focusOn(nameOf(url.focus))} +1`}
                  isDisabled={url.depth >= 9}
                  onPress={() => setUrl({ depth: url.depth + 1 })}
                />
              </>
            )}
            {url.path !== 'none' && (
              <Button icon="close" onPress={() => setUrl({ path: 'none' })}>
                {text.path[url.path]}
              </Button>
            )}
            {url.hide.length > 0 && (
              <Button icon="close" onPress={() => setUrl({ hide: [] })}>
                {text.hidden(format.count(url.hide.length))}
              </Button>
            )}
          </div>
          <span className={styles.space} />
          <Segments<Shown>
            label={text.value}
            hideLabel
            value={url.value}
            onChange={value => setUrl({ value })}
            choices={SHOWN.map(id => ({ id, label: text.values[id] }))}
          />
          <Segments<'map' | 'table'>
            label={text.view}
            hideLabel
            value={url.view}
            onChange={view => setUrl({ view })}
            choices={(['map', 'table'] as const).map(id => ({ id, label: text.views[id] }))}
          />
          <Menu
            label={text.more}
            groups={[
              {
                id: 'size',
                label: text.size,
                entries: (['none', 'traffic', 'health'] as const).map(size => ({
                  id: size,
                  label: text.sizes[size],
                  checked: url.size === size,
                  run: () => setUrl({ size }),
                })),
              },
              {
                id: 'compare',
                label: text.compareWith,
                entries: (['off', 'previous', 'day', 'week'] as const).map(cmp => ({
                  id: cmp,
                  label: text.compare[cmp],
                  checked: url.cmp === cmp,
                  run: () => setUrl({ cmp }),
                })),
              },
              { id: 'layout', entries: [{ id: 'tidy', label: text.tidy, run: () => setTidy(tidy + 1) }] },
              { id: 'export', entries: info.share.map(s => ({ ...s, icon: 'download' as const })) },
            ]}
          >
            <IconButton icon="more" label={text.more} />
          </Menu>
        </div>
        {url.cmp !== 'off' && against.data && marks && (
          <Banner actions={<Button onPress={() => setUrl({ cmp: 'off' })}>{text.stopComparing}</Button>}>
            {text.comparing(format.moment(against.data.cmpFrom * 1000), format.moment(against.data.cmpTo * 1000))}
            {': '}
            {text.comparedCounts(format.count(marks.new), format.count(marks.lost), format.count(marks.changed))}
          </Banner>
        )}
        {url.cmp !== 'off' && against.error && <Banner kind="warning">{against.error.message}</Banner>}
        {tooMany && all && (
          <Banner
            actions={all.nodes.length <= MOST && <Button onPress={() => setDrawAll(true)}>{text.drawAll}</Button>}
          >
            {text.big(format.count(all.nodes.length))}
          </Banner>
        )}
        {found.error && all && (
          <Banner kind="warning" actions={<Button onPress={() => void found.refetch()}>{common.actions.retry}</Button>}>
            {found.error.message}
          </Banner>
        )}
        <div className="hidden-text" aria-live="polite">
          {spoken || summary}
        </div>
        {!all ? (
          found.error ? (
            <Problem error={found.error} onRetry={() => void found.refetch()} />
          ) : (
            <Skeleton rows={10} height={40} />
          )
        ) : all.nodes.length === 0 ? (
          <Nothing scope={scope} />
        ) : (
          <Reloading busy={found.isFetching && found.isPlaceholderData}>
            <div className={styles.canvas}>
              {url.view === 'table' && graph ? (
                <Tables
                  graph={tooMany ? all : graph}
                  sort={url.sort}
                  onSort={s => setUrl({ sort: s })}
                  selected={url.node ?? url.edge}
                  onNode={select}
                  onEdge={selectEdge}
                />
              ) : laid ? (
                <Scene
                  laid={laid}
                  shown={url.value}
                  size={url.size}
                  selected={url.node}
                  edge={url.edge}
                  bright={bright}
                  found={matches}
                  onSelect={select}
                  onEdge={selectEdge}
                  onFocus={focusOn}
                  handle={scene}
                />
              ) : (
                <Skeleton rows={10} height={40} />
              )}
              <div className={styles.below}>
                <p className={styles.summary}>
                  {summary}
                  {found.dataUpdatedAt > 0 && ` · ${common.states.asOf(format.clock(found.dataUpdatedAt))}`}
                </p>
                <span className={styles.legend}>
                  {OUTCOMES.map(o => (
                    <OutcomeMark key={o} outcome={o} named />
                  ))}
                  <span className="hidden-text">{words.traceMap}</span>
                </span>
              </div>
            </div>
          </Reloading>
        )}
      </div>
      {selected && all && (
        <Side
          key={selected.kind === 'node' ? selected.node.key : selected.edge.key}
          selected={selected}
          graph={all}
          scope={scope}
          onClose={() => setUrl({ node: undefined, edge: undefined, path: 'none' })}
          onNode={select}
          onEdge={selectEdge}
          onFocus={focusOn}
        />
      )}
    </PanelLayout>
  );
}
