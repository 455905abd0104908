import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, useCallback, useMemo } from 'react';
import { serverApi, type TraceSet } from '../../api/console';
import { queries } from '../../api/queries';
import { useGo, useUrl } from '../../app/location';
import { usePage } from '../../app/page';
import { useScope, useScopeChange } from '../../app/scope';
import { round, type Selection } from '../../chart/selection';
import { useFormats, useMessages, useText } from '../../i18n';
import { FilterBox } from '../../query/FilterBox';
import { knownOf } from '../../query/facets';
import { responseRange, withResponseRange } from '../../query/terms';
import { absolute } from '../../time/range';
import { Banner, Button, Empty, OUTCOMES, OutcomeMark, Problem, Reloading, Segments, Skeleton, Tabs } from '../../ui';
import { Sheet } from '../../ui/Sheet';
import { codec, flag, oneOf, text as textParam } from '../../url/codec';
import styles from './analytics.module.css';
import { Charts } from './Charts';
import { Heat } from './Heat';
import { messages } from './messages';
import { refine, type Sets, type Side, starts } from './sets';
import { Differences, FieldTable } from './Tables';

const address = codec({
  /** Whether there is a set B, and its filter. */
  vs: flag(),
  b: textParam(),
  edit: oneOf(['a', 'b'], 'a'),
  tab: oneOf(['differs', 'tables', 'heat'], 'differs'),
  field: textParam('url'),
  order: oneOf(['count', 'delta'], 'count'),
  /** Without it shares when two sets are compared, which may be of very different size. */
  scale: oneOf(['auto', 'count', 'share'], 'auto'),
});

/** Two sets of traces, and what differs between them; exactly, not from a sample. */
export default function Analytics() {
  const text = useMessages(messages);
  const common = useText();
  const format = useFormats();
  const go = useGo();
  const { filter, group, window: w } = useScope();
  const { set, setRange } = useScopeChange();
  const [url, setUrl] = useUrl(address);
  const groups = useQuery(queries.groups());
  const sets = useMemo<Sets>(() => ({ a: filter, b: url.vs ? url.b : undefined }), [filter, url.vs, url.b]);
  const editing: Side = url.vs ? url.edit : 'a';
  const found = useQuery({
    queryKey: ['analyze', w.from, w.to, group ?? '', sets.a, sets.b ?? null],
    queryFn: ({ signal }) =>
      serverApi.analyze({ from: w.from / 1000, to: w.to / 1000, g: group, a: sets.a, b: sets.b, top: 50 }, signal),
    placeholderData: keepPreviousData,
    staleTime: 300_000,
    retry: false,
  });
  const data = found.data;
  const scale = url.scale !== 'auto' ? url.scale : url.vs ? 'share' : 'count';
  const names = { a: text.setA, b: url.vs ? text.setB : text.rest };
  const info = useMemo(
    () => ({
      title: common.pages.analytics,
      markdown: () => [
        `A: \`${sets.a || '*'}\``,
        ...(sets.b === undefined ? [] : [`B: \`${sets.b || '*'}\``]),
        ...(data ? [text.exact(format.count(data.scanned))] : []),
      ],
    }),
    [common, sets, data, text, format],
  );
  usePage(info);
  const known = useMemo(
    () =>
      knownOf(
        [],
        (groups.data ?? []).map(g => g.GroupName),
      ),
    [groups.data],
  );
  const change = useCallback(
    (next: Sets) => {
      set({ q: next.a });
      setUrl({ vs: next.b !== undefined, b: next.b ?? '' }, { replace: true });
    },
    [set, setUrl],
  );
  const current = (editing === 'b' ? sets.b : sets.a) ?? '';
  const edit = (expression: string) =>
    change(editing === 'b' ? { ...sets, b: expression } : { ...sets, a: expression });
  const response = (s: Selection | undefined) =>
    edit(withResponseRange(current, s && { from: s.from && round(s.from), to: s.to && round(s.to) }));
  const clicks = {
    set: editing === 'a' ? text.setA : text.setB,
    add: (term: string, exclude: boolean) => change(refine(sets, editing, term, exclude)),
  };
  const showTraces = (q: string) => go('/traces', { q });
  return (
    <Sheet>
      <div className={styles.sets}>
        <SetCard
          name={text.setA}
          found={data?.sets.a}
          of={data?.scanned}
          actions={
            <Button kind="quiet" onPress={() => showTraces(sets.a)}>
              {text.showTraces}
            </Button>
          }
        >
          <FilterBox value={sets.a} onRun={a => change({ ...sets, a })} window={w} group={group} known={known} />
        </SetCard>
        <SetCard
          other
          name={names.b}
          found={data ? (data.sets.b ?? data.sets.rest) : undefined}
          of={data?.scanned}
          actions={
            sets.b === undefined ? (
              <Button onPress={() => change({ ...sets, b: sets.a })}>{text.compare}</Button>
            ) : (
              <>
                <Button kind="quiet" onPress={() => showTraces(sets.b ?? '')}>
                  {text.showTraces}
                </Button>
                <Button kind="quiet" onPress={() => change({ a: sets.b ?? '', b: sets.a })}>
                  {text.swap}
                </Button>
                <Button kind="quiet" onPress={() => change({ ...sets, b: undefined })}>
                  {text.dropB}
                </Button>
              </>
            )
          }
        >
          {sets.b === undefined ? (
            <p className={styles.muted}>{text.restHint}</p>
          ) : (
            <FilterBox
              value={sets.b}
              onRun={b => change({ ...sets, b })}
              window={w}
              group={group}
              known={known}
              shortcut={false}
            />
          )}
        </SetCard>
      </div>
      {found.isPending && <Skeleton rows={10} height={24} />}
      {found.error && <Problem error={found.error} onRetry={() => void found.refetch()} />}
      {data && data.scanned === 0 && (
        <Empty icon="search" title={common.states.nothing}>
          {common.states.nothingWindow(format.range(absolute(w)))}
        </Empty>
      )}
      {data && data.scanned > 0 && (
        <Reloading busy={found.isFetching}>
          <div className={styles.tab}>
            {!data.complete && <Banner kind="warning">{text.partial(format.count(data.scanned))}</Banner>}
            <div className={styles.tools}>
              <div className={styles.starts}>
                <span className={styles.muted}>{text.starts}</span>
                {starts(sets, data).map(s => (
                  <Button key={s.id} onPress={() => change(s.sets)}>
                    {text.start[s.id]}
                  </Button>
                ))}
              </div>
              {url.vs && (
                <Segments<Side>
                  label={text.edit}
                  value={editing}
                  onChange={side => setUrl({ edit: side }, { replace: true })}
                  choices={[
                    { id: 'a', label: text.setA },
                    { id: 'b', label: text.setB },
                  ]}
                />
              )}
              <Segments<'count' | 'share'>
                label={text.scale}
                value={scale}
                onChange={s => setUrl({ scale: s }, { replace: true })}
                choices={[
                  { id: 'count', label: text.counts },
                  { id: 'share', label: text.shares },
                ]}
              />
            </div>
            <Charts
              found={data}
              names={names}
              share={scale === 'share'}
              selection={responseRange(current)}
              onResponse={response}
              onTime={window => setRange(absolute(window))}
            />
            {data.complete && <p className={styles.muted}>{text.exact(format.count(data.scanned))}</p>}
            <Tabs<'differs' | 'tables' | 'heat'>
              label={common.pages.analytics}
              value={url.tab}
              onChange={tab => setUrl({ tab }, { replace: true })}
              tabs={[
                {
                  id: 'differs',
                  label: text.differs,
                  count: data.differences.filter(d => d.significant).length,
                  content: (
                    <Differences
                      found={data}
                      names={names}
                      clicks={clicks}
                      onField={field => setUrl({ tab: 'tables', field })}
                    />
                  ),
                },
                {
                  id: 'tables',
                  label: text.tables,
                  content: (
                    <FieldTable
                      found={data}
                      field={url.field}
                      order={url.order}
                      names={names}
                      clicks={clicks}
                      onField={field => setUrl({ field })}
                      onOrder={order => setUrl({ order })}
                    />
                  ),
                },
                {
                  id: 'heat',
                  label: text.heat,
                  content: (
                    <Heat
                      found={data}
                      onSelect={(window, s) => {
                        response(s);
                        setRange(absolute(window), { replace: true });
                      }}
                    />
                  ),
                },
              ]}
            />
          </div>
        </Reloading>
      )}
    </Sheet>
  );
}

function SetCard({
  name,
  found,
  of,
  other = false,
  actions,
  children,
}: {
  name: string;
  found: TraceSet | undefined;
  of: number | undefined;
  other?: boolean;
  actions: ReactNode;
  children: ReactNode;
}) {
  const text = useMessages(messages);
  const format = useFormats();
  return (
    <div className={`${styles.set} ${other ? styles.other : ''}`}>
      <div className={styles.head}>
        <h2>{name}</h2>
        <div className={styles.actions}>{actions}</div>
      </div>
      {children}
      {found && of !== undefined && (
        <p className={styles.numbers}>
          <strong>{text.of(format.count(found.count), format.share(of > 0 ? found.count / of : 0))}</strong>
          {found.count > 0 && (
            <>
              <span>
                {text.times(format.duration(found.responseTime.p50), format.duration(found.responseTime.p95))}
              </span>
              {OUTCOMES.filter(o => found.outcomes[o] > 0).map(o => (
                <span key={o} className={styles.outcome}>
                  <OutcomeMark outcome={o} /> {format.count(found.outcomes[o])}
                </span>
              ))}
            </>
          )}
        </p>
      )}
    </div>
  );
}
