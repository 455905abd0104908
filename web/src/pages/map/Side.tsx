import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { queries } from '../../api/queries';
import type { TimeSeriesPoint } from '../../api/shapes';
import { useGo } from '../../app/location';
import type { Scope } from '../../app/scope';
import { Brush } from '../../chart/Brush';
import { type Binned, bin, binTime, countsOf, quantile } from '../../chart/bins';
import { Figure } from '../../chart/Figure';
import { valueTicks } from '../../chart/scale';
import { parseSelection, round, type Selection } from '../../chart/selection';
import { TimeSeries } from '../../chart/TimeSeries';
import { glossary, useFormats, useMessages, useText } from '../../i18n';
import { messages as mapMessages } from '../../map/messages';
import { keyOf, type MapEdge, type MapGraph, type Measured } from '../../map/model';
import { typeOf } from '../../map/words';
import { service } from '../../query/terms';
import { absolute } from '../../time/range';
import {
  Button,
  Checkbox,
  copy,
  IconButton,
  OUTCOMES,
  type Outcome,
  OutcomeMark,
  Panel,
  Problem,
  Segments,
  Skeleton,
  Tabs,
  TextField,
} from '../../ui';
import { rangeParams } from '../../url/shared';
import { expression, type Selected, term } from './filter';
import styles from './map.module.css';
import { messages } from './messages';
import { graphQueries } from './useGraph';

type Tab = 'distribution' | 'time' | 'calls' | 'operations';

/** Details of the selected node or edge, and the ways from there. */
export function Side({
  selected,
  graph,
  scope,
  onClose,
  onNode,
  onEdge,
  onFocus,
}: {
  selected: Selected;
  graph: MapGraph;
  scope: Scope;
  onClose(): void;
  onNode(key: string): void;
  onEdge(key: string): void;
  onFocus(key: string): void;
}) {
  const text = useMessages(messages).side;
  const onMap = useMessages(mapMessages);
  const common = useText();
  const format = useFormats();
  const words = useMessages(glossary);
  const go = useGo();
  const [tab, setTab] = useState<Tab>('distribution');
  const [range, setRange] = useState<Selection>();
  const [outcomes, setOutcomes] = useState<readonly Outcome[]>([]);
  const of: Measured = selected.kind === 'node' ? selected.node : selected.edge;
  const narrowing = { range, outcomes };
  const filter = expression(scope.filter, selected, narrowing);
  const frozen = rangeParams(scope.range.kind === 'relative' ? absolute(scope.window) : scope.range);
  const title =
    selected.kind === 'node'
      ? selected.node.id.name
      : `${selected.from.client ? onMap.client : selected.from.id.name} → ${selected.to.id.name}`;
  const subtitle = selected.kind === 'node' ? typeOf(selected.node, onMap) : onMap.asCaller;
  const client = selected.kind === 'node' && selected.node.client;
  const link = selected.kind === 'edge' && selected.edge.link;

  const toggle = (o: Outcome, on: boolean) => setOutcomes(OUTCOMES.filter(x => (x === o ? on : outcomes.includes(x))));
  const distribution =
    of.total === 0 ? (
      <p className={styles.note}>{client ? text.nothing : link ? text.linkOnly : text.none}</p>
    ) : (
      <>
        <Distribution of={of} title={text.responseTimes} selection={range} onSelect={setRange} />
        <fieldset className={styles.outcomes}>
          <legend>{text.outcomes}</legend>
          {OUTCOMES.filter(o => of.counts[o] > 0).map(o => (
            <Checkbox key={o} value={outcomes.includes(o)} onChange={on => toggle(o, on)}>
              <OutcomeMark outcome={o} named /> {format.count(of.counts[o])}
            </Checkbox>
          ))}
        </fieldset>
      </>
    );

  return (
    <Panel
      name="map"
      title={title}
      width={400}
      onClose={onClose}
      header={
        <div className={styles.identity}>
          <h2 title={title}>{title}</h2>
          <span>{subtitle}</span>
        </div>
      }
    >
      <div className={styles.side}>
        {of.total > 0 && <Numbers selected={selected} of={of} scope={scope} />}
        <div className={styles.buttons}>
          <Button kind="primary" icon="traces" onPress={() => go('/traces', { ...frozen, q: filter })}>
            {text.viewTraces}
          </Button>
          <Button
            icon="analytics"
            onPress={() => go('/analytics', { ...frozen, q: scope.filter, a: term(selected, narrowing) })}
          >
            {text.analyse}
          </Button>
          {selected.kind === 'node' && (
            <Button icon="map" onPress={() => onFocus(selected.node.key)}>
              {text.focus}
            </Button>
          )}
          <Button icon="copy" onPress={() => void copy(filter, common.actions.copied)}>
            {text.copyFilter}
          </Button>
        </div>
        <div className={styles.expression}>
          <span>{text.expression}</span>
          <code>{filter}</code>
        </div>
        <Tabs<Tab>
          label={text.sections}
          value={tab}
          onChange={setTab}
          tabs={[
            { id: 'distribution', label: text.tabs.distribution, content: distribution },
            {
              id: 'time',
              label: text.tabs.time,
              disabled: client || link,
              content: <OverTime selected={selected} scope={scope} />,
            },
            {
              id: 'calls',
              label: text.tabs.calls,
              content: <Calls selected={selected} graph={graph} onNode={onNode} onEdge={onEdge} />,
            },
            {
              id: 'operations',
              label: text.tabs.operations,
              disabled: selected.kind === 'edge' || client,
              content: selected.kind === 'node' ? <Operations selected={selected} scope={scope} /> : null,
            },
          ]}
        />
        {selected.kind === 'node' && !client && (
          <p className={styles.note}>
            {onMap.asService} ·{' '}
            <button
              type="button"
              className={styles.plain}
              onClick={() =>
                void copy(service({ name: selected.node.id.name, type: selected.node.id.type }), common.actions.copied)
              }
            >
              {text.copySelector}
            </button>
          </p>
        )}
        <span className="hidden-text">{words.node}</span>
      </div>
    </Panel>
  );
}

/** Rates, times and shares, each with its change against the range before. */
function Numbers({ selected, of, scope }: { selected: Selected; of: Measured; scope: Scope }) {
  const text = useMessages(messages);
  const words = useMessages(glossary);
  const format = useFormats();
  const earlier = useQuery(graphQueries.compare(scope.window, scope.filter, scope.group, undefined));
  const before = useMemo(() => {
    if (!earlier.data) return undefined;
    if (selected.kind === 'node')
      return earlier.data.nodes.find(n => keyOf(n.node) === selected.node.key)?.before ?? undefined;
    return (
      earlier.data.edges.find(e => keyOf(e.source) === selected.edge.from && keyOf(e.target) === selected.edge.to)
        ?.before ?? undefined
    );
  }, [earlier.data, selected]);
  const then = before?.times;
  const share = (o: Outcome, counts: Record<Outcome, number>, all: number) => (all > 0 ? counts[o] / all : 0);
  const relative = (now: number | undefined, was: number | null | undefined) => {
    if (now === undefined || !was || was <= 0) return '';
    const change = now / was - 1;
    if (Math.abs(change) < 0.005) return '±0 %';
    return `${change > 0 ? '+' : '−'}${format.share(Math.abs(change))}`;
  };
  const points = (o: Outcome) => {
    if (!before || then === undefined || then.count === 0) return '';
    const change = share(o, of.counts, of.total) - share(o, before.outcomes, then.count);
    if (Math.abs(change) < 0.0005) return '±0';
    return `${change > 0 ? '+' : '−'}${format.share(Math.abs(change))}`;
  };
  const p = (q: number) => quantile(of.histogram, q);
  const cells: [string, string, string][] = [
    [text.perMinute, format.number(of.perMinute), relative(of.perMinute, before?.perMinute)],
    [text.average, format.duration(of.average), relative(of.average, then?.average)],
    ['p50', format.duration(p(0.5)), relative(p(0.5), then?.p50)],
    ['p90', format.duration(p(0.9)), relative(p(0.9), then?.p90)],
    ['p99', format.duration(p(0.99)), relative(p(0.99), then?.p99)],
    ...(['fault', 'error', 'throttle'] as const).map(
      o => [words[o], format.share(share(o, of.counts, of.total)), points(o)] as [string, string, string],
    ),
  ];
  return (
    <dl className={styles.numbers}>
      {cells.map(([label, value, change]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            {value}
            {change && (
              <small title={text.side.previous}>
                <span className="hidden-text">{text.side.previous}: </span>
                {change}
              </small>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Response times of all outcomes together: X-Ray's histograms do not tell them apart. */
function Distribution({
  of,
  title,
  selection,
  onSelect,
}: {
  of: Measured;
  title: string;
  selection: Selection | undefined;
  onSelect(s: Selection | undefined): void;
}) {
  const text = useText();
  const own = useMessages(messages).side;
  const format = useFormats();
  const [kind, setKind] = useState<'log' | 'linear'>('log');
  const [unit, setUnit] = useState<'count' | 'share'>('count');
  const [draft, setDraft] = useState<string>();
  const binned = useMemo(
    () =>
      bin(
        of.histogram.map(e => ({ value: Math.max(0, e.Value), outcome: 'ok', count: e.Count })),
        { logarithmic: kind === 'log', count: 40 },
      ),
    [of.histogram, kind],
  );
  const { bins, scale, n } = binned;
  const most = Math.max(1, ...bins.map(b => b.counts.ok));
  const edge = (at: number) => scale.value(at / bins.length);
  const inBins = selection && {
    from: (selection.from === undefined ? 0 : Math.max(0, scale.share(selection.from))) * bins.length,
    to: (selection.to === undefined ? 1 : Math.min(1, scale.share(selection.to))) * bins.length,
  };
  const count = (c: number) => (unit === 'count' ? format.count(c) : format.share(n > 0 ? c / n : 0));
  const first = bins[0]?.from ?? 0;
  const last = bins.at(-1)?.to ?? 1;
  const shownRange = selection
    ? selection.from === undefined
      ? `≤ ${format.duration(selection.to)}`
      : selection.to === undefined
        ? `≥ ${format.duration(selection.from)}`
        : `${format.duration(selection.from)} – ${format.duration(selection.to)}`
    : '';
  const value = draft ?? shownRange;
  return (
    <Figure
      title={title}
      n={text.chart.ofN(format.count(n))}
      summary={`${title}: ${format.duration(quantile(of.histogram, 0.5))} (p50), ${format.duration(first)} – ${format.duration(last)}. ${text.chart.brushHint}`}
      controls={
        <Segments<'log' | 'linear'>
          label={title}
          hideLabel
          value={kind}
          onChange={setKind}
          choices={[
            { id: 'log', label: text.chart.log },
            { id: 'linear', label: text.chart.linear },
          ]}
        />
      }
      table={() => ({
        head: [title, own.count],
        rows: bins
          .filter(b => b.counts.ok > 0)
          .map(b => [`${format.duration(b.from)} – ${format.duration(b.to)}`, count(b.counts.ok)]),
      })}
    >
      <div className={styles.plot}>
        <span className={styles.most}>{count(most)}</span>
        <svg viewBox={`0 0 ${bins.length} 100`} preserveAspectRatio="none" aria-hidden="true">
          {bins.map((b, i) => (
            <rect
              key={i}
              x={i + 0.06}
              width={0.88}
              y={100 - (b.counts.ok / most) * 96}
              height={(b.counts.ok / most) * 96}
              fill="var(--accent)"
            >
              <title>{`${format.duration(b.from)} – ${format.duration(b.to)}: ${count(b.counts.ok)}`}</title>
            </rect>
          ))}
        </svg>
        <Brush
          bins={bins.length}
          value={inBins}
          label={title}
          describe={at => format.duration(edge(at))}
          onSelect={r =>
            onSelect(
              r && {
                from: r.from <= 0 ? undefined : round(edge(r.from)),
                to: r.to >= bins.length ? undefined : round(edge(r.to)),
              },
            )
          }
        />
      </div>
      <div className={styles.axis} aria-hidden="true">
        {valueTicks(first, last, 5, binned.logarithmic)
          .filter(v => scale.share(v) > 0.05 && scale.share(v) < 0.95)
          .map(v => (
            <span key={v} style={{ left: `${scale.share(v) * 100}%` }}>
              {format.duration(v)}
            </span>
          ))}
      </div>
      <form
        className={styles.range}
        onSubmit={e => {
          e.preventDefault();
          const parsed = value.trim() === '' ? undefined : parseSelection(value);
          if (value.trim() !== '' && !parsed) return;
          onSelect(parsed);
          setDraft(undefined);
        }}
      >
        <TextField
          label={`${title}: ${text.chart.selection}`}
          hideLabel
          placeholder="200 ms – 1.5 s"
          value={value}
          onChange={setDraft}
          onBlur={() => setDraft(undefined)}
        />
        {selection && <IconButton icon="close" label={text.chart.clearSelection} onPress={() => onSelect(undefined)} />}
        <Segments<'count' | 'share'>
          label={own.count}
          hideLabel
          value={unit}
          onChange={setUnit}
          choices={[
            { id: 'count', label: 'n' },
            { id: 'share', label: '%' },
          ]}
        />
      </form>
    </Figure>
  );
}

/** Outcomes over time, from the time series that X-Ray's API has; a brush zooms the page. */
function OverTime({ selected, scope }: { selected: Selected; scope: Scope }) {
  const text = useMessages(messages).side;
  const go = useGo();
  const found = useQuery(queries.timeSeries(scope.window, scope.group, term(selected)));
  const binned = useMemo(() => binPoints(found.data ?? [], scope), [found.data, scope]);
  if (found.isPending) return <Skeleton rows={3} height={40} />;
  if (found.error) return <Problem error={found.error} onRetry={() => void found.refetch()} />;
  return (
    <>
      <TimeSeries
        title={text.overTime}
        binned={binned}
        height={120}
        onSelect={w => w && go('/traces', { ...rangeParams(absolute(w)), q: expression(scope.filter, selected) })}
      />
      {scope.filter !== '' && <p className={styles.note}>{text.allOfNode}</p>}
    </>
  );
}

function binPoints(points: readonly TimeSeriesPoint[], scope: Scope): Binned {
  const empty = binTime([], scope.window, 60);
  let n = 0;
  for (const p of points) {
    const s = p.EdgeSummaryStatistics ?? p.ServiceSummaryStatistics;
    if (!s) continue;
    const at = Math.max(p.Timestamp * 1000, empty.bins[0]?.from ?? 0);
    const target = empty.bins.find(b => at >= b.from && at < b.to);
    if (!target) continue;
    const counts = countsOf(s);
    for (const o of OUTCOMES) target.counts[o] += counts[o];
    n += s.TotalCount;
  }
  return { ...empty, n };
}

function Calls({
  selected,
  graph,
  onNode,
  onEdge,
}: {
  selected: Selected;
  graph: MapGraph;
  onNode(key: string): void;
  onEdge(key: string): void;
}) {
  const text = useMessages(messages);
  const onMap = useMessages(mapMessages);
  const words = useMessages(glossary);
  const format = useFormats();
  const name = (key: string) => {
    const n = graph.node.get(key);
    return n?.client ? onMap.client : (n?.id.name ?? key);
  };
  const lists: [string, readonly MapEdge[], (e: MapEdge) => string][] =
    selected.kind === 'node'
      ? [
          [text.side.in, graph.into.get(selected.node.key) ?? [], e => e.from],
          [text.side.out, graph.out.get(selected.node.key) ?? [], e => e.to],
        ]
      : [[text.side.edge, [selected.edge], e => e.to]];
  if (lists.every(([, edges]) => edges.length === 0)) return <p className={styles.note}>{text.side.noCalls}</p>;
  return lists
    .filter(([, edges]) => edges.length > 0)
    .map(([label, edges, end]) => (
      <table key={label} className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{label}</th>
            <th scope="col">{text.perMinute}</th>
            <th scope="col">{text.average}</th>
            <th scope="col">{words.fault}</th>
          </tr>
        </thead>
        <tbody>
          {edges.map(e => (
            <tr key={e.key}>
              <td>
                <button type="button" className={styles.plain} onClick={() => onNode(end(e))}>
                  {name(end(e))}
                </button>
                {e.aliases.length > 0 && <small>{onMap.calledAs(e.aliases.join(', '))}</small>}
              </td>
              <td>
                {e.link ? (
                  '–'
                ) : (
                  <button type="button" className={styles.plain} onClick={() => onEdge(e.key)}>
                    {format.number(e.perMinute)}
                  </button>
                )}
              </td>
              <td>{e.link ? format.duration(e.age) : format.duration(e.average)}</td>
              <td>{e.total > 0 ? format.share(e.counts.fault / e.total) : '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    ));
}

function Operations({ selected, scope }: { selected: Extract<Selected, { kind: 'node' }>; scope: Scope }) {
  const text = useMessages(messages);
  const words = useMessages(glossary);
  const format = useFormats();
  const go = useGo();
  const found = useQuery(graphQueries.operations(scope.window, scope.filter, scope.group, selected.node.id));
  if (found.isPending) return <Skeleton rows={5} height={24} />;
  if (found.error) return <Problem error={found.error} onRetry={() => void found.refetch()} />;
  const { operations, other } = found.data;
  if (operations.length === 0) return <p className={styles.note}>{text.side.noOperations}</p>;
  return (
    <>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{text.side.operation}</th>
            <th scope="col">{text.side.count}</th>
            <th scope="col">p95</th>
            <th scope="col">{words.fault}</th>
          </tr>
        </thead>
        <tbody>
          {operations.map(o => {
            const label = o.url === null && o.method === null ? text.side.noHttp : `${o.method ?? ''} ${o.url ?? ''}`;
            return (
              <tr key={`${o.method} ${o.url}`}>
                <td>
                  {o.filter ? (
                    <button
                      type="button"
                      className={styles.plain}
                      onClick={() =>
                        go('/traces', {
                          ...rangeParams(absolute(scope.window)),
                          q: scope.filter === '' ? (o.filter ?? '') : `(${scope.filter}) AND ${o.filter}`,
                        })
                      }
                    >
                      {label}
                    </button>
                  ) : (
                    label
                  )}
                </td>
                <td>{format.count(o.count)}</td>
                <td>{format.duration(o.times.p95)}</td>
                <td>{o.count > 0 ? format.share(o.outcomes.fault / o.count) : '–'}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {other > 0 && <p className={styles.note}>{text.side.otherOperations(format.count(other))}</p>}
    </>
  );
}
