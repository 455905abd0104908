import { useQuery } from '@tanstack/react-query';
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { queries } from '../../api/queries';
import type { TraceSummary } from '../../api/shapes';
import { useGo, useUrl } from '../../app/location';
import { usePage } from '../../app/page';
import { setColumns, usePreferences } from '../../app/preferences';
import { useScope, useScopeChange } from '../../app/scope';
import { useSession } from '../../app/session';
import { endpoint, shell } from '../../app/share';
import { type Shortcut, useShortcuts } from '../../app/shortcuts';
import { glossary, useFormats, useMessages, useText } from '../../i18n';
import { FilterBox } from '../../query/FilterBox';
import { facets as facetsOf, knownOf } from '../../query/facets';
import { Refiners } from '../../query/Refiners';
import { add, compare, not, remove, responseRange, withResponseRange } from '../../query/terms';
import { absolute } from '../../time/range';
import {
  AnchoredMenu,
  Banner,
  Button,
  download,
  Menu,
  PanelLayout,
  Problem,
  Reloading,
  Skeleton,
  Table,
  Toggle,
} from '../../ui';
import { codec, list, optional, sort } from '../../url/codec';
import { parseTraceId } from '../../url/traceid';
import { columnsOf } from './columns';
import { menuOf } from './menu';
import { messages } from './messages';
import { Nothing } from './Nothing';
import { Preview } from './Preview';
import { waiting } from './queue';
import { COLUMNS, type ColumnId, longOf, ordered, SHOWN } from './rows';
import { Strip } from './Strip';
import styles from './traces.module.css';
import { useSummaries } from './useSummaries';
import { useTail } from './useTail';

const address = codec({
  sort: sort({ column: 'start', descending: true }),
  cols: list(),
  open: optional(),
});

const NONE: TraceSummary[] = [];

/** The trace list: filter, refiners, charts with brushes, rows, a preview. */
export default function Traces() {
  const text = useMessages(messages);
  const words = useMessages(glossary);
  const common = useText();
  const format = useFormats();
  const scope = useScope();
  const { filter, group, window: w } = scope;
  const { set, setRange } = useScopeChange();
  const [url, setUrl] = useUrl(address);
  const go = useGo();
  const live = useSession(s => s.live);
  const now = useSession(s => s.now);
  const stored = usePreferences(p => p.columns.traces);
  const groups = useQuery(queries.groups());
  const found = useSummaries(w, filter, group);
  const tail = useTail(live, filter, group);
  const [active, setActive] = useState<string>();
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const [refining, setRefining] = useState(() => window.innerWidth > 1100);
  const [charts, setCharts] = useState(() => window.innerHeight > 560);
  const [menu, setMenu] = useState<{ row: TraceSummary; anchor: Element; column: string | undefined }>();

  // While the list is scrolled, what arrives waits, so that no row moves under the reader.
  const [away, setAway] = useState(false);
  const [arrived, setArrived] = useState(tail.rows);
  useEffect(() => {
    if (!away || tail.rows.length === 0) setArrived(tail.rows);
  }, [away, tail.rows]);
  const queued = live && away ? waiting(tail.rows, arrived) : 0;
  const loaded = useMemo(() => {
    if (!live || arrived.length === 0) return found.rows;
    const ids = new Set(arrived.map(r => r.Id));
    return [...arrived, ...found.rows.filter(r => !ids.has(r.Id))];
  }, [live, arrived, found.rows]);
  const rows = useMemo(() => ordered(loaded, url.sort), [loaded, url.sort]);
  // The rows come first: charts and refiners are worked out when these are on the screen.
  const settled = useDeferredValue(loaded, NONE);
  const facets = useMemo(() => facetsOf(settled), [settled]);
  const known = useMemo(
    () =>
      knownOf(
        facets,
        (groups.data ?? []).map(g => g.GroupName),
      ),
    [facets, groups.data],
  );
  const longest = useMemo(() => longOf(loaded), [loaded]);

  const chosen = (url.cols.length > 0 ? url.cols : (stored ?? SHOWN)).filter((c): c is ColumnId =>
    (COLUMNS as readonly string[]).includes(c),
  );
  const names = useMemo(
    () => ({
      outcome: text.outcome,
      start: text.start,
      method: words.method,
      status: words.status,
      response: words.responseTime,
      duration: words.duration,
      url: words.url,
      entry: text.entry,
      clientip: words.clientIp,
      user: words.user,
      annotations: text.annotations,
      services: text.services,
      id: text.id,
      partial: text.partial,
    }),
    [text, words],
  );
  const all = useMemo(() => columnsOf(names, format, now, longest), [names, format, now, longest]);
  const columns = chosen.map(c => all[c]);

  const run = useCallback(
    (q: string) => {
      const id = parseTraceId(q);
      if (id) go(`/traces/${id}`);
      else set({ q });
    },
    [set, go],
  );
  const addTerm = useCallback((term: string) => set({ q: add(filter, term) }), [set, filter]);
  const open = useCallback((s: TraceSummary) => go(`/traces/${s.Id}`), [go]);
  const preview = useCallback((s: TraceSummary) => setUrl({ open: s.Id }), [setUrl]);
  const mark = useCallback((s: TraceSummary) => {
    setMarked(m => {
      const next = new Set(m);
      if (!next.delete(s.Id)) next.add(s.Id);
      return new Set([...next].slice(-2));
    });
  }, []);

  const at = useRef({ rows, active });
  at.current = { rows, active };
  const shortcuts = useMemo<Shortcut[]>(() => {
    const present = () => at.current.rows.find(r => r.Id === at.current.active);
    const step = (by: number) => {
      const { rows, active } = at.current;
      const next = rows[Math.max(0, Math.min(rows.length - 1, rows.findIndex(r => r.Id === active) + by))];
      if (next) setActive(next.Id);
    };
    const withRow = (act: (s: TraceSummary) => void) => () => {
      const row = present();
      if (row) act(row);
    };
    return [
      { keys: 'j', label: text.nextRow, run: () => step(1) },
      { keys: 'k', label: text.previousRow, run: () => step(-1) },
      { keys: 'Enter', label: text.openRow, run: withRow(open) },
      { keys: 'Space', label: text.previewRow, run: withRow(preview) },
      { keys: 'c', label: text.markRow, run: withRow(mark) },
      {
        keys: 'x',
        label: text.excludeRow,
        run: withRow(s => s.Http.HttpURL && addTerm(not(compare('http.url', '=', s.Http.HttpURL)))),
      },
      {
        keys: 's',
        label: text.sortRow,
        run: () =>
          setUrl({ sort: { column: url.sort.column === 'response' ? 'start' : 'response', descending: true } }),
      },
      { keys: 'Escape', label: common.panel.close, run: () => setUrl({ open: undefined }) },
    ];
  }, [text, common, open, preview, mark, addTerm, setUrl, url.sort]);
  useShortcuts(shortcuts);

  const info = useMemo(
    () => ({
      title: common.pages.traces,
      live: true,
      markdown: () => [
        filter === '' ? common.bar.allTraces : `\`${filter}\``,
        text.matched(format.count(found.progress.matched), format.count(found.progress.examined)),
      ],
      cli: () =>
        `aws xray get-trace-summaries --endpoint-url ${shell(endpoint())} --start-time ${Math.floor(w.from / 1000)} --end-time ${Math.ceil(w.to / 1000)}` +
        (filter ? ` --filter-expression ${shell(filter)}` : ''),
      share: [
        {
          id: 'jsonl',
          label: text.download,
          run: () =>
            download('traces.jsonl', 'application/x-ndjson', `${rows.map(r => JSON.stringify(r)).join('\n')}\n`),
        },
      ],
    }),
    [common, text, format, filter, found.progress.matched, found.progress.examined, w, rows],
  );
  usePage(info);

  const toggleColumn = (id: ColumnId) => {
    const next = chosen.includes(id)
      ? chosen.filter(c => c !== id)
      : COLUMNS.filter(c => c === id || chosen.includes(c));
    if (next.length === 0) return;
    setColumns('traces', next);
    setUrl({ cols: [] }, { replace: true });
  };
  const pair = [...marked];

  return (
    <PanelLayout>
      <div className={styles.page}>
        <div className={styles.query}>
          <FilterBox value={filter} onRun={run} window={w} group={group} known={known} />
        </div>
        {found.pending && <Skeleton rows={14} height={22} />}
        {found.error && rows.length === 0 && <Problem error={found.error} onRetry={found.retry} />}
        {!found.pending && (rows.length > 0 || !found.error) && (
          <Reloading busy={found.loading} share={found.stale ? undefined : found.progress.scanned}>
            {charts && (rows.length > 0 || found.loading) && (
              <Strip
                rows={settled}
                window={w}
                selection={responseRange(filter)}
                onResponse={range => set({ q: withResponseRange(filter, range) })}
                onTime={window => window && setRange(absolute(window))}
              />
            )}
            <div className={styles.tools}>
              <p className={styles.progress} aria-live="polite">
                {text.scanned(format.share(found.progress.scanned))} ·{' '}
                {text.matched(format.count(found.progress.matched), format.count(found.progress.examined))}
                {found.updatedAt > 0 && (
                  <span className={styles.asof}> · {common.states.asOf(format.clock(found.updatedAt))}</span>
                )}
              </p>
              {queued > 0 && (
                <Button
                  kind="primary"
                  icon="up"
                  onPress={() => {
                    setArrived(tail.rows);
                    setActive(tail.rows[0]?.Id);
                  }}
                >
                  {text.liveNew(format.count(queued))}
                </Button>
              )}
              {pair.length === 1 && <span className={styles.note}>{text.compareOne}</span>}
              {pair.length === 2 && (
                <Button kind="primary" onPress={() => go(`/compare/${pair[0]}...${pair[1]}`)}>
                  {text.compare}
                </Button>
              )}
              <Toggle isSelected={refining} onChange={setRefining}>
                {text.refiners}
              </Toggle>
              <Toggle isSelected={charts} onChange={setCharts}>
                {text.charts}
              </Toggle>
              <Menu
                label={common.table.columns}
                groups={[
                  {
                    id: 'columns',
                    label: common.table.columns,
                    entries: COLUMNS.map(id => ({
                      id,
                      label: names[id],
                      checked: chosen.includes(id),
                      run: () => toggleColumn(id),
                    })),
                  },
                ]}
              >
                <Button icon="columns">{text.columns}</Button>
              </Menu>
            </div>
            {live && tail.gap && <Banner kind="warning">{text.liveGap}</Banner>}
            {live && tail.oneIn > 1 && <Banner>{text.liveSampled(format.count(tail.oneIn))}</Banner>}
            {live && tail.error && (
              <Banner kind="warning">{tail.error.missing ? text.liveMissing : tail.error.message}</Banner>
            )}
            {found.error && (
              <Banner kind="warning" actions={<Button onPress={found.retry}>{common.actions.retry}</Button>}>
                {found.error.message}
              </Banner>
            )}
            {rows.length === 0 && !found.loading ? (
              <Nothing scope={scope} />
            ) : (
              <div className={styles.content}>
                {refining && (
                  <div className={styles.refiners}>
                    <Refiners
                      facets={facets}
                      of={settled.length}
                      filter={filter}
                      onAdd={addTerm}
                      onRemove={term => set({ q: remove(filter, term) })}
                    />
                  </div>
                )}
                <Table
                  label={text.list}
                  columns={columns}
                  rows={rows}
                  rowKey={s => s.Id}
                  sort={url.sort}
                  onSort={sort => setUrl({ sort })}
                  active={active}
                  onActive={setActive}
                  onAway={setAway}
                  onOpen={open}
                  onPreview={preview}
                  marked={marked}
                  onMenu={(row, anchor, column) => setMenu({ row, anchor, column })}
                  footer={
                    found.older ? (
                      <Button onPress={found.older}>{text.older}</Button>
                    ) : found.loading && !found.stale ? (
                      text.loadingMore
                    ) : found.progress.complete ? (
                      text.end
                    ) : null
                  }
                />
              </div>
            )}
          </Reloading>
        )}
        {menu && (
          <AnchoredMenu
            label={common.table.actions}
            anchor={menu.anchor}
            onClose={() => setMenu(undefined)}
            groups={menuOf(
              menu.row,
              menu.column,
              marked.has(menu.row.Id),
              { ...text, copied: common.actions.copied },
              { open, mark, add: addTerm },
            )}
          />
        )}
      </div>
      {url.open && <Preview id={url.open} onClose={() => setUrl({ open: undefined })} />}
    </PanelLayout>
  );
}
