import { useMemo, useState } from 'react';
import { quantile } from '../../chart/bins';
import { type Formats, glossary, useFormats, useMessages } from '../../i18n';
import { messages as mapMessages } from '../../map/messages';
import type { MapEdge, MapGraph, MapNode, Measured } from '../../map/model';
import { typeOf } from '../../map/words';
import { type Column, OUTCOMES, OutcomeMark, Segments, Table } from '../../ui';
import type { Sort } from '../../url/codec';
import styles from './map.module.css';
import { messages } from './messages';

const number = (v: number | undefined) => v ?? -1;

function values(m: Measured): Record<string, number> {
  const of = (n: number) => (m.total > 0 ? n / m.total : 0);
  return {
    rate: m.perMinute,
    average: number(m.average),
    p95: number(quantile(m.histogram, 0.95)),
    fault: of(m.counts.fault),
    error: of(m.counts.error),
    throttle: of(m.counts.throttle),
  };
}

/** The order of rows by a column: numbers by size, texts by name; ties by key. */
export function ordered<T extends { key: string }>(
  rows: readonly T[],
  sort: Sort,
  value: (row: T) => number | string | undefined,
): T[] {
  const sign = sort.descending ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [x, y] = [value(a), value(b)];
    const by =
      typeof x === 'number' && typeof y === 'number' ? x - y : String(x ?? '').localeCompare(String(y ?? ''), 'en');
    return by * sign || (a.key < b.key ? -1 : 1);
  });
}

function measures<T extends Measured>(
  format: Formats,
  text: { perMinute: string; average: string },
  words: Record<(typeof OUTCOMES)[number], string>,
): Column<T>[] {
  const column = (id: string, label: string, cell: Column<T>['cell']): Column<T> => ({
    id,
    label,
    width: id === 'throttle' ? '104px' : '84px',
    align: 'end',
    sortable: true,
    cell,
  });
  return [
    column('rate', text.perMinute, m => (m.total > 0 ? format.number(m.perMinute) : '–')),
    column('average', text.average, m => format.duration(m.average)),
    column('p95', 'p95', m => format.duration(quantile(m.histogram, 0.95))),
    ...OUTCOMES.filter(o => o !== 'ok').map(o =>
      column(o, words[o], m =>
        m.counts[o] > 0 ? (
          <>
            <OutcomeMark outcome={o} /> {format.share(m.counts[o] / m.total)}
          </>
        ) : (
          '–'
        ),
      ),
    ),
  ];
}

/** Text that is cut off where its column ends, and does not make it wider. */
function Cut({ children }: { children: string }) {
  return (
    <span className={styles.cut} title={children}>
      {children}
    </span>
  );
}

/** The map as two tables: all that it says, for those who do not see it. */
export function Tables({
  graph,
  sort,
  onSort,
  selected,
  onNode,
  onEdge,
}: {
  graph: MapGraph;
  sort: Sort;
  onSort(s: Sort): void;
  selected: string | undefined;
  onNode(key: string): void;
  onEdge(key: string): void;
}) {
  const text = useMessages(messages);
  const onMap = useMessages(mapMessages);
  const words = useMessages(glossary);
  const format = useFormats();
  const [of, setOf] = useState<'nodes' | 'edges'>('nodes');
  const [active, setActive] = useState<string | undefined>(selected);
  const changes = graph.nodes.some(n => n.change) || graph.edges.some(e => e.change);
  const name = (key: string) => {
    const n = graph.node.get(key);
    return n?.client ? onMap.client : (n?.id.name ?? key);
  };
  const change: Column<MapNode | MapEdge> = {
    id: 'change',
    label: text.change,
    width: '84px',
    cell: m => (m.change ? onMap.changes[m.change] : ''),
  };
  const nodeColumns: Column<MapNode>[] = [
    { id: 'name', label: text.name, width: 'minmax(150px, 2fr)', sortable: true, cell: n => <Cut>{name(n.key)}</Cut> },
    {
      id: 'type',
      label: text.type,
      width: 'minmax(130px, 1.5fr)',
      sortable: true,
      cell: n => <Cut>{typeOf(n, onMap)}</Cut>,
    },
    ...(changes ? [change as Column<MapNode>] : []),
    ...measures<MapNode>(format, text, words),
    {
      id: 'callers',
      label: text.callers,
      width: '88px',
      align: 'end',
      sortable: true,
      cell: n => format.count(graph.into.get(n.key)?.length ?? 0),
    },
    {
      id: 'callees',
      label: text.callees,
      width: '88px',
      align: 'end',
      sortable: true,
      cell: n => format.count(graph.out.get(n.key)?.length ?? 0),
    },
  ];
  const edgeColumns: Column<MapEdge>[] = [
    { id: 'name', label: text.from, width: 'minmax(140px, 1fr)', sortable: true, cell: e => <Cut>{name(e.from)}</Cut> },
    { id: 'type', label: text.to, width: 'minmax(140px, 1fr)', sortable: true, cell: e => <Cut>{name(e.to)}</Cut> },
    ...(changes ? [change as Column<MapEdge>] : []),
    ...measures<MapEdge>(format, text, words),
  ];
  const nodes = useMemo(
    () =>
      ordered(graph.nodes, sort, n => {
        if (sort.column === 'name') return n.id.name;
        if (sort.column === 'type') return n.id.type ?? '';
        if (sort.column === 'callers') return graph.into.get(n.key)?.length ?? 0;
        if (sort.column === 'callees') return graph.out.get(n.key)?.length ?? 0;
        return values(n)[sort.column];
      }),
    [graph, sort],
  );
  const edges = useMemo(
    () =>
      ordered(graph.edges, sort, e =>
        sort.column === 'name' ? e.from : sort.column === 'type' ? e.to : values(e)[sort.column],
      ),
    [graph, sort],
  );
  const common = { sort, onSort, active, onActive: setActive };
  return (
    <div className={styles.tables}>
      <div className={styles.which}>
        <Segments<'nodes' | 'edges'>
          label={text.view}
          hideLabel
          value={of}
          onChange={setOf}
          choices={[
            { id: 'nodes', label: `${text.nodes} ${format.count(nodes.length)}` },
            { id: 'edges', label: `${text.edges} ${format.count(edges.length)}` },
          ]}
        />
      </div>
      {of === 'nodes' ? (
        <Table
          {...common}
          label={text.nodes}
          columns={nodeColumns}
          rows={nodes}
          rowKey={n => n.key}
          onOpen={n => onNode(n.key)}
          onPreview={n => onNode(n.key)}
        />
      ) : (
        <Table
          {...common}
          label={text.edges}
          columns={edgeColumns}
          rows={edges}
          rowKey={e => e.key}
          onOpen={e => onEdge(e.key)}
          onPreview={e => onEdge(e.key)}
        />
      )}
    </div>
  );
}

/** Both tables as text with commas. */
export function csv(graph: MapGraph): string {
  const cell = (v: string | number | undefined) => {
    const s = String(v ?? '');
    // A cell that a spreadsheet would run as a formula gets an apostrophe.
    const safe = /^[=+\-@\t\r]/.test(s) && typeof v === 'string' ? `'${s}` : s;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const tail = (m: Measured) => [
    m.perMinute,
    m.average,
    quantile(m.histogram, 0.95),
    m.counts.fault,
    m.counts.error,
    m.counts.throttle,
    m.counts.ok,
  ];
  const head = ['per minute', 'average (s)', 'p95 (s)', 'fault', 'error', 'throttle', 'ok'];
  const rows: (string | number | undefined)[][] = [
    ['kind', 'name', 'type', 'to', 'to type', ...head],
    ...graph.nodes.map(n => ['node', n.id.name, n.id.type ?? '', '', '', ...tail(n)]),
    ...graph.edges.map(e => {
      const [from, to] = [graph.node.get(e.from)?.id, graph.node.get(e.to)?.id];
      return ['edge', from?.name, from?.type ?? '', to?.name, to?.type ?? '', ...tail(e)];
    }),
  ];
  return `${rows.map(r => r.map(cell).join(',')).join('\r\n')}\r\n`;
}
