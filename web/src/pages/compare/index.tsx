import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { traceApi } from '../../api/console';
import { ApiError } from '../../api/errors';
import { Link } from '../../app/Link';
import { useGo } from '../../app/location';
import { usePage } from '../../app/page';
import { useFormats, useMessages, useText } from '../../i18n';
import { glossary } from '../../i18n/glossary';
import type { PageProps } from '../../routes';
import { align, type Contribution, contributions, type Pair } from '../../trace/align';
import { messages } from '../../trace/messages';
import { at, outcomeAt, type Trace, traceOf } from '../../trace/model';
import { Button, type Column, Empty, fillOf, OutcomeMark, Problem, Skeleton, Switch, Table } from '../../ui';
import { parseTraceId } from '../../url/traceid';
import styles from './compare.module.css';

/** The ids of a path a...b. */
export function pairOf(text: string): [string, string] | undefined {
  const [a, b, ...rest] = text.split('...');
  const first = parseTraceId(a ?? '');
  const second = parseTraceId(b ?? '');
  return first && second && rest.length === 0 ? [first, second] : undefined;
}

/** Two traces, row by row: where the time went that one took longer. */
export default function ComparePage({ params }: PageProps) {
  const text = useMessages(messages);
  const common = useText();
  usePage(useMemo(() => ({ title: common.pages.compare }), [common]));
  const pair = pairOf(params.pair ?? '');
  const query = (id: string | undefined) => ({
    queryKey: ['columns', id],
    queryFn: ({ signal }: { signal: AbortSignal }) => traceApi.columns(id ?? '', signal),
    enabled: id !== undefined,
    staleTime: 10_000,
  });
  const a = useQuery(query(pair?.[0]));
  const b = useQuery(query(pair?.[1]));
  const traces = useMemo(
    () => (a.data && b.data ? ([traceOf(a.data), traceOf(b.data)] as const) : undefined),
    [a.data, b.data],
  );
  if (!pair)
    return (
      <Empty title={text.compareTitle} actions={<Link to="/traces">{text.backToList}</Link>}>
        {text.badPair}
      </Empty>
    );
  for (const [found, id] of [
    [a, pair[0]],
    [b, pair[1]],
  ] as const) {
    if (!found.isError) continue;
    if (found.error instanceof ApiError && found.error.status === 404)
      return (
        <Empty title={text.gone} actions={<Link to="/traces">{text.backToList}</Link>}>
          {text.goneHint(id)}
        </Empty>
      );
    return <Problem error={found.error} onRetry={() => void found.refetch()} />;
  }
  if (!traces) return <Skeleton rows={16} height={22} />;
  return <Comparison a={traces[0]} b={traces[1]} />;
}

function Comparison({ a, b }: { a: Trace; b: Trace }) {
  const text = useMessages(messages);
  const words = useMessages(glossary);
  const format = useFormats();
  const go = useGo();
  const [onlyDifferent, setOnlyDifferent] = useState(false);
  const [active, setActive] = useState<string>();
  const [part, setPart] = useState<string>();
  const pairs = useMemo(() => align(a, b), [a, b]);
  const parts = useMemo(() => contributions(a, b, pairs), [a, b, pairs]);
  const shown = useMemo(
    () => (onlyDifferent ? pairs.filter(p => p.difference !== 'same') : pairs),
    [pairs, onlyDifferent],
  );
  const extent = Math.max(a.extent, b.extent);
  // Tracks that stretch have the width of their content on narrow screens, each row its own.
  const narrow = window.innerWidth < 760;
  const signed = useCallback((ns: number) => `${ns > 0 ? '+' : ''}${format.duration(ns / 1e9)}`, [format]);

  const columns = useMemo<Column<Pair>[]>(() => {
    const side = (p: Pair): [Trace, number] => (p.b >= 0 ? [b, p.b] : [a, p.a]);
    const length = (t: Trace, row: number) =>
      row < 0 ? '–' : format.duration((at(t.end, row) - at(t.start, row)) / 1e9);
    return [
      {
        id: 'name',
        label: text.name,
        width: narrow ? '200px' : 'minmax(220px, 2fr)',
        cell: p => {
          const [t, row] = side(p);
          return (
            <span className={styles.name} style={{ paddingInlineStart: Math.min(p.depth, 20) * 12 }}>
              <OutcomeMark outcome={outcomeAt(t, row)} /> {t.name(row)}{' '}
              <span className={styles.muted}>{t.service(row) === t.name(row) ? '' : ` · ${t.service(row)}`}</span>
            </span>
          );
        },
      },
      {
        id: 'bars',
        label: text.time,
        width: narrow ? '140px' : 'minmax(160px, 3fr)',
        cell: p => (
          <span className={styles.track} aria-hidden="true">
            {p.a >= 0 && <Bar trace={a} row={p.a} extent={extent} side="a" />}
            {p.b >= 0 && <Bar trace={b} row={p.b} extent={extent} side="b" />}
          </span>
        ),
      },
      { id: 'a', label: 'A', width: '84px', align: 'end', cell: p => length(a, p.a) },
      { id: 'b', label: 'B', width: '84px', align: 'end', cell: p => length(b, p.b) },
      {
        id: 'delta',
        label: text.delta,
        width: '92px',
        align: 'end',
        cell: p => (p.difference === 'same' ? '≈' : signed(p.delta)),
      },
      {
        id: 'difference',
        label: text.difference,
        width: '104px',
        cell: p => <span className={styles[p.difference]}>{text.differences[p.difference]}</span>,
      },
    ];
  }, [a, b, extent, text, format, signed, narrow]);

  const partColumns = useMemo<Column<Contribution>[]>(
    () => [
      { id: 'service', label: words.service, width: narrow ? '110px' : 'minmax(120px, 1fr)', cell: c => c.service },
      { id: 'name', label: text.name, width: narrow ? '140px' : 'minmax(120px, 1fr)', cell: c => c.name },
      { id: 'self', label: text.deltaSelf, width: '120px', align: 'end', cell: c => signed(c.contribution) },
      { id: 'a', label: 'A', width: '64px', align: 'end', cell: c => format.count(c.a) },
      { id: 'b', label: 'B', width: '64px', align: 'end', cell: c => format.count(c.b) },
    ],
    [words, text, format, signed, narrow],
  );

  const open = (p: Pair) => {
    const [t, row] = p.b >= 0 ? [b, p.b] : [a, p.a];
    go(`/traces/${t.source.id}`, { seg: t.ids[row] });
  };
  const key = (p: Pair) => `${p.a}/${p.b}`;
  const delta = b.extent - a.extent;
  const most = parts.find(c => Math.sign(c.contribution) === Math.sign(delta));
  const alike = Math.abs(delta) < 1e6;
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <h2>
          {alike
            ? text.alike
            : delta > 0
              ? text.slower(format.duration(delta / 1e9))
              : text.faster(format.duration(-delta / 1e9))}
        </h2>
        {!alike && most && <p>{text.ofIt(format.duration(Math.abs(most.contribution) / 1e9), most.key)}</p>}
        <ul className={styles.sides}>
          {(
            [
              ['A', a],
              ['B', b],
            ] as const
          ).map(([name, t]) => (
            <li key={name}>
              <span className={name === 'A' ? styles.keyA : styles.keyB} aria-hidden="true" />
              <b>{name}</b>
              <Link to={`/traces/${t.source.id}`} className={styles.id}>
                {t.source.id}
              </Link>
              {t.source.outcome && <OutcomeMark outcome={t.source.outcome} named />}
              <span>{format.duration(t.extent / 1e9)}</span>
              <span className={styles.muted}>{format.moment(t.source.start * 1000)}</span>
            </li>
          ))}
        </ul>
        <div className={styles.tools}>
          <Switch label={text.onlyDifferent} value={onlyDifferent} onChange={setOnlyDifferent} />
          <Button onPress={() => go(`/compare/${b.source.id}...${a.source.id}`)}>{text.swap}</Button>
        </div>
      </header>
      <section className={styles.aligned} aria-label={text.aligned}>
        <Table
          label={text.aligned}
          columns={columns}
          rows={shown}
          rowKey={key}
          active={active}
          onActive={setActive}
          onOpen={open}
        />
      </section>
      <section className={styles.parts} aria-labelledby="contributions">
        <h2 id="contributions">{text.contributions}</h2>
        <Table
          label={text.contributions}
          columns={partColumns}
          rows={parts}
          rowKey={c => c.key}
          active={part}
          onActive={setPart}
          onOpen={c => open(c.worst)}
        />
      </section>
    </div>
  );
}

function Bar({ trace: t, row, extent, side }: { trace: Trace; row: number; extent: number; side: 'a' | 'b' }) {
  return (
    <span
      className={`${styles.bar} ${styles[side]}`}
      style={
        {
          left: `${(at(t.start, row) / extent) * 100}%`,
          width: `${((at(t.end, row) - at(t.start, row)) / extent) * 100}%`,
          '--fill': fillOf(outcomeAt(t, row)),
        } as React.CSSProperties
      }
    />
  );
}
