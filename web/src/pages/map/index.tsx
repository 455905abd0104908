import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useRef, useState } from 'react';
import { queries } from '../../api/queries';
import { useGo, useUrl } from '../../app/location';
import { usePage } from '../../app/page';
import { usePreferences } from '../../app/preferences';
import { useScope, useScopeChange } from '../../app/scope';
import { endpoint, shell } from '../../app/share';
import { glossary, useFormats, useMessages, useText } from '../../i18n';
import { mermaid, png, standalone } from '../../map/exports';
import { parseFind } from '../../map/find';
import { collapsed, folded, groupings } from '../../map/fold';
import { messages as mapMessages } from '../../map/messages';
import { type MapGraph, type MapNode, reach, worstNode } from '../../map/model';
import { Scene, type SceneHandle } from '../../map/Scene';
import { useLayout } from '../../map/useLayout';
import { describe, nameOf } from '../../map/words';
import { FilterBox } from '../../query/FilterBox';
import { facets as facetsOf, knownOf } from '../../query/facets';
import {
  Banner,
  Button,
  copy,
  download,
  OUTCOMES,
  OutcomeMark,
  PanelLayout,
  Problem,
  Reloading,
  Skeleton,
} from '../../ui';
import { parseTraceId } from '../../url/traceid';
import { address } from './address';
import { Beside, Crowded } from './Crowded';
import type { Selected } from './filter';
import { useMapKeys } from './keys';
import styles from './map.module.css';
import { messages } from './messages';
import { Nothing } from './Nothing';
import { Side } from './Side';
import { csv, Tables } from './Tables';
import { Together } from './Together';
import { Toolbar, useFind } from './Toolbar';
import { useDrawn } from './useDrawn';
import { type Cmp, useGraph } from './useGraph';
import { useInsights } from './useInsights';
import { usePins } from './usePins';

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
  const badShare = usePreferences(p => p.badShare);
  const [tidy, setTidy] = useState(0);
  const groups = useQuery(queries.groups());
  const { found, against, graph: all } = useGraph(w, filter, group, url.cmp as Cmp);
  const insights = useInsights(w, group, all !== undefined);
  const scene = useRef<SceneHandle>(null);
  const findField = useRef<HTMLDivElement>(null);
  const { typed, onTyped, next } = useFind(url, setUrl);

  const drawn = useDrawn(all, url, badShare);
  const graph = drawn?.graph;
  const laid = useLayout(url.view === 'map' ? graph : undefined, tidy);
  const centre = url.focus ?? drawn?.middle;
  const { pins, pin, reset } = usePins(JSON.stringify([group ?? '', filter, url.by, centre ?? '']));

  const test = useMemo(() => parseFind(url.find), [url.find]);
  const matches = useMemo(() => {
    if (!test || !graph) return undefined;
    const holds = (n: MapNode) => (n.bundle ? n.bundle.members.some(test) : test(n));
    return new Set(graph.nodes.filter(holds).map(n => n.key));
  }, [test, graph]);
  const picked = useMemo(() => (url.node === undefined ? [] : [url.node, ...url.also]), [url.node, url.also]);
  const chosen = useMemo(() => new Set(picked.map(k => drawn?.drawnAs(k) ?? k)), [picked, drawn]);
  const bright = useMemo(() => {
    if (!graph || !drawn) return undefined;
    const nodes = [...chosen].filter(k => graph.node.has(k));
    const [node] = nodes;
    if (node && url.path !== 'none') return reach(graph, node, url.path as 'up' | 'down');
    if (matches) return matches;
    if (nodes.length > 0) return new Set(nodes.flatMap(k => [...reach(graph, k, 'both', 1)]));
    const edge = graph.edges.find(e => e.key === url.edge);
    return edge && new Set([edge.from, edge.to]);
  }, [graph, drawn, chosen, url.edge, url.path, matches]);
  const marked = useMemo(
    () => new Set([...insights.active].map(k => drawn?.drawnAs(k) ?? k)),
    [insights.active, drawn],
  );

  const present = useRef({ url, graph, all, picked });
  present.current = { url, graph, all, picked };
  const select = useCallback(
    (key: string | undefined, more = false) => {
      const { url, graph, picked } = present.current;
      const bundle = key === undefined ? undefined : graph?.node.get(key)?.bundle;
      if (key !== undefined && bundle && bundle.kind !== 'group' && !more) {
        setUrl({ open: [...url.open, key] });
        return;
      }
      if (key === undefined || !more) {
        setUrl({ node: key, also: [], edge: undefined, path: 'none' });
        return;
      }
      const [node, ...also] = picked.includes(key) ? picked.filter(k => k !== key) : [...picked, key];
      setUrl({ node, also, edge: undefined, path: 'none' });
    },
    [setUrl],
  );
  const choose = useCallback(
    (keys: readonly string[]) => {
      const [node, ...also] = [...new Set([...present.current.picked, ...keys])];
      if (keys.length > 0) setUrl({ node, also, edge: undefined, path: 'none' });
    },
    [setUrl],
  );
  const selectEdge = useCallback(
    (key: string) => setUrl({ edge: key, node: undefined, also: [], path: 'none' }),
    [setUrl],
  );
  const focusOn = useCallback(
    (key: string) => {
      const { url, graph } = present.current;
      if (graph?.node.get(key)?.bundle) setUrl({ open: [...url.open, key], node: undefined, also: [] });
      else setUrl({ focus: key, node: key, also: [], edge: undefined });
    },
    [setUrl],
  );
  const hide = useCallback(
    (keys: Iterable<string>) => {
      const { url, graph } = present.current;
      const members = [...keys].flatMap(k => graph?.node.get(k)?.bundle?.members.map(m => m.key) ?? [k]);
      setUrl({ hide: [...new Set([...url.hide, ...members])], node: undefined, also: [] });
    },
    [setUrl],
  );
  const fold = (key: string) => {
    if (!all || !graph) return;
    if (graph.node.get(key)?.bundle) {
      setUrl({ open: [...url.open, key], node: undefined, also: [] });
      return;
    }
    const none = new Set<string>();
    const into = collapsed(all, url.by, none).standIn.get(key) ?? folded(graph, none, badShare).standIn.get(key);
    if (into) setUrl({ open: url.open.filter(k => k !== into), node: undefined, also: [] });
  };
  const kinds = useMemo(() => (all ? groupings(all) : []), [all]);
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
  /** What is selected when it is more than one node: those that stand for others are taken apart. */
  const several = useMemo(() => {
    const nodes = picked.flatMap(k => graph?.node.get(k)?.bundle?.members ?? all?.node.get(k) ?? []);
    const own = [...new Set(nodes)];
    return own.length > 1 ? own : undefined;
  }, [picked, graph, all]);

  const sought = useMemo(() => [...(matches ?? [])], [matches]);
  const onNext = (by: number) => {
    const key = next(sought, by);
    if (key) scene.current?.focus(key);
  };
  useMapKeys(
    {
      url,
      graph,
      found: matches,
      chosen,
      setUrl,
      select,
      choose,
      focusOn,
      hide,
      fold,
      pin: key => {
        const at = scene.current?.place(key);
        pin(key, pins[key] || !at ? undefined : [at.x, at.y]);
      },
      unpinAll: reset,
      nextGrouping: () => {
        const by = kinds[(kinds.indexOf(url.by) + 1) % kinds.length];
        if (by) setUrl({ by, open: [] });
      },
      clearFind: () => onTyped(''),
    },
    scene,
    findField,
  );

  const worst = all && worstNode(all);
  const summary = all
    ? [
        text.summary(format.count(all.nodes.length), format.count(all.edges.length)),
        ...(worst && worst.counts.fault > 0
          ? [text.worstIs(worst.id.name, format.share(worst.counts.fault / worst.total))]
          : []),
      ].join(' · ')
    : '';

  const whole = drawn?.whole;
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
                mermaid(
                  graph,
                  n => `${format.number(n)}/min`,
                  n => (n.bundle ? nameOf(n, onMap) : n.id.name),
                ),
                common.actions.copied,
              );
          },
        },
        { id: 'csv', label: text.csv, run: () => whole && download('trace-map.csv', 'text/csv', csv(whole)) },
      ],
    }),
    [common, text, onMap, format, filter, summary, graph, whole, group, w],
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
  const nameAt = (key: string) => {
    const n = graph?.node.get(key) ?? all?.node.get(key);
    return n ? nameOf(n, onMap) : key;
  };
  const marks = all && {
    new: all.nodes.filter(n => n.change === 'new').length,
    lost: all.nodes.filter(n => n.change === 'lost').length,
    changed: all.nodes.filter(n => n.change === 'changed').length,
  };
  const spoken = several
    ? text.together.title(format.count(several.length))
    : selected?.kind === 'node' && all
      ? describe(selected.node, all.out.get(selected.node.key)?.length ?? 0, onMap, format)
      : '';

  return (
    <PanelLayout>
      <div className={styles.page}>
        <div className={styles.query}>
          <FilterBox value={filter} onRun={run} window={w} group={group} known={known} />
        </div>
        <Toolbar
          url={url}
          setUrl={setUrl}
          typed={typed}
          onTyped={onTyped}
          found={matches}
          onNext={onNext}
          focus={centre !== undefined && all ? centre : undefined}
          depth={drawn?.depth ?? url.depth}
          nameOf={nameAt}
          pins={Object.keys(pins).length}
          groupings={kinds}
          exports={info.share}
          onUnpin={reset}
          onTidy={() => setTidy(tidy + 1)}
          field={findField}
        />
        {url.cmp !== 'off' && against.data && marks && (
          <Banner actions={<Button onPress={() => setUrl({ cmp: 'off' })}>{text.stopComparing}</Button>}>
            {text.comparing(format.moment(against.data.cmpFrom * 1000), format.moment(against.data.cmpTo * 1000))}
            {': '}
            {text.comparedCounts(format.count(marks.new), format.count(marks.lost), format.count(marks.changed))}
          </Banner>
        )}
        {url.cmp !== 'off' && against.error && <Banner kind="warning">{against.error.message}</Banner>}
        {drawn && all && <Crowded drawn={drawn} all={all} name={nameAt} url={url} setUrl={setUrl} />}
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
              {drawn?.amount === 'focus' && url.view === 'map' && (
                <Beside>
                  <Tables
                    graph={all}
                    sort={url.sort}
                    onSort={s => setUrl({ sort: s })}
                    selected={url.node ?? centre}
                    onNode={focusOn}
                    onEdge={selectEdge}
                  />
                </Beside>
              )}
              {url.view === 'table' && whole ? (
                <Tables
                  graph={whole}
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
                  selected={url.node === undefined ? undefined : drawn?.drawnAs(url.node)}
                  chosen={chosen}
                  edge={url.edge}
                  bright={bright}
                  found={matches}
                  insights={marked}
                  pins={pins}
                  badShare={badShare}
                  onSelect={select}
                  onChoose={choose}
                  onEdge={selectEdge}
                  onFocus={focusOn}
                  onPin={pin}
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
      {several && all ? (
        <Together
          key={several.map(n => n.key).join()}
          title={bundleOf(graph, picked) ?? text.together.title(format.count(several.length))}
          nodes={several}
          graph={all}
          scope={scope}
          onClose={() => select(undefined)}
          onNode={select}
          onShow={() => scene.current?.show(chosen)}
          onHide={() => hide(chosen)}
          onOpen={bundleOf(graph, picked) === undefined ? undefined : () => fold(picked[0] ?? '')}
        />
      ) : (
        selected &&
        all && (
          <Side
            key={selected.kind === 'node' ? selected.node.key : selected.edge.key}
            selected={selected}
            graph={all}
            scope={scope}
            insights={selected.kind === 'node' ? insights.of.get(selected.node.key) : undefined}
            pinned={selected.kind === 'node' && pins[selected.node.key] !== undefined}
            onClose={() => setUrl({ node: undefined, also: [], edge: undefined, path: 'none' })}
            onNode={select}
            onEdge={selectEdge}
            onFocus={focusOn}
            onUnpin={key => pin(key, undefined)}
          />
        )
      )}
    </PanelLayout>
  );
}

/** The name of the group, when that is all that is selected. */
function bundleOf(graph: MapGraph | undefined, picked: readonly string[]): string | undefined {
  const [key] = picked;
  return picked.length === 1 && key !== undefined ? graph?.node.get(key)?.bundle?.label : undefined;
}
