import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef } from 'react';
import { type ColumnarTrace, traceApi } from '../../api/console';
import { ApiError } from '../../api/errors';
import { queries } from '../../api/queries';
import { Link } from '../../app/Link';
import { useGo, useUrl } from '../../app/location';
import { usePage } from '../../app/page';
import { useSession } from '../../app/session';
import { endpoint, shell } from '../../app/share';
import { type Shortcut, useShortcuts } from '../../app/shortcuts';
import { useFormats, useMessages, useText } from '../../i18n';
import type { PageProps } from '../../routes';
import { address, VIEWS, type View } from '../../trace/address';
import { serviceColours } from '../../trace/colour';
import { Header, Notes } from '../../trace/Header';
import { messages } from '../../trace/messages';
import { type Trace, traceOf } from '../../trace/model';
import { SegmentPanel } from '../../trace/SegmentPanel';
import { Empty, PanelLayout, Problem, Reloading, Skeleton } from '../../ui';
import { parseTraceId } from '../../url/traceid';
import styles from './page.module.css';
import { TimelineView } from './TimelineView';

const Flame = lazy(() => import('../../trace/FlameView').then(m => ({ default: m.FlameView })));
const Stats = lazy(() => import('../../trace/StatsView').then(m => ({ default: m.StatsView })));
const Raw = lazy(() => import('../../trace/RawView').then(m => ({ default: m.RawView })));
const GraphView = lazy(() => import('../../trace/MapView').then(m => ({ default: m.MapView })));

/** While something is in progress, and afterwards for what comes late. */
const REFRESH = 3000;
/** What is in progress for longer than this is asked for ten times less. */
const LONG = 15 * 60;

export function refreshEvery(trace: ColumnarTrace | undefined, now: number): number | false {
  if (!trace?.inProgress) return false;
  return now / 1000 - trace.lastReceived > LONG ? REFRESH * 10 : REFRESH;
}

/** One trace: timeline, map, flame, statistics, documents. */
export default function TracePage({ params }: PageProps) {
  const text = useMessages(messages);
  const common = useText();
  const id = parseTraceId(params.id ?? '');
  const view = VIEWS.find(v => v === params.view) ?? 'timeline';
  const now = useSession(s => s.now);
  const info = useMemo(
    () => ({
      title: common.pages.trace,
      markdown: () => [`\`${id ?? params.id}\``],
      cli: () => `aws xray batch-get-traces --endpoint-url ${shell(endpoint())} --trace-ids ${id ?? ''}`,
    }),
    [common, id, params.id],
  );
  usePage(info);
  const found = useQuery({
    queryKey: ['columns', id],
    queryFn: ({ signal }) => traceApi.columns(id ?? '', signal),
    enabled: id !== undefined,
    staleTime: 10_000,
    refetchInterval: q => refreshEvery(q.state.data, Date.now()),
  });
  // A refresh asks again; the first one is the query's own.
  const asked = useRef(now);
  const { refetch } = found;
  useEffect(() => {
    if (asked.current === now) return;
    asked.current = now;
    void refetch();
  }, [now, refetch]);
  const trace = useMemo(
    () => (found.data ? traceOf(found.data, found.dataUpdatedAt / 1000) : undefined),
    [found.data, found.dataUpdatedAt],
  );

  if (id === undefined) return <Nothing title={text.gone}>{text.badId(params.id ?? '')}</Nothing>;
  if (found.isPending) return <Skeleton rows={16} height={22} />;
  if (!trace || found.isError) {
    if (found.error instanceof ApiError && found.error.status === 404) return <Gone id={id} />;
    if (!trace) return <Problem error={found.error} onRetry={() => void refetch()} />;
  }
  return <Views key={id} trace={trace} view={view} busy={found.isFetching && !trace.source.inProgress} />;
}

function Nothing({ title, children }: { title: string; children: React.ReactNode }) {
  const text = useMessages(messages);
  return (
    <Empty icon="search" title={title} actions={<Link to="/traces">{text.backToList}</Link>}>
      {children}
    </Empty>
  );
}

/** An unknown trace: says what is kept. */
function Gone({ id }: { id: string }) {
  const text = useMessages(messages);
  const common = useText();
  const format = useFormats();
  const me = useQuery(queries.me());
  const { retentionSeconds = 0, oldest = null } = me.data ?? {};
  return (
    <Nothing title={text.gone}>
      <p>{text.goneHint(id)}</p>
      {retentionSeconds > 0 && oldest !== null && (
        <p>{common.states.retention(format.duration(retentionSeconds), format.moment(oldest * 1000))}</p>
      )}
    </Nothing>
  );
}

function Views({ trace, view, busy }: { trace: Trace; view: View; busy: boolean }) {
  const text = useMessages(messages);
  const [url, setUrl] = useUrl(address);
  const go = useGo();
  const id = trace.source.id;
  const selected = trace.rowOf(url.seg);
  const services = useMemo(() => serviceColours(trace.services), [trace.services]);
  const select = useCallback((row: number) => setUrl({ seg: trace.ids[row] }, { replace: true }), [setUrl, trace.ids]);
  const close = useCallback(() => setUrl({ seg: undefined }, { replace: true }), [setUrl]);
  const to = useCallback((v: View) => `/traces/${id}${v === 'timeline' ? '' : `/${v}`}`, [id]);
  const keep = useMemo(
    () => ({ seg: url.seg, ...(url.tab === 'overview' ? {} : { tab: url.tab }) }),
    [url.seg, url.tab],
  );
  const shortcuts = useMemo<Shortcut[]>(
    () => [
      { keys: 'f', label: text.goFlame, run: () => go(to('flame'), keep) },
      { keys: 'm', label: text.goMap, run: () => go(to('map'), keep) },
      { keys: 'o', label: text.goOverview, run: () => go(to('timeline'), keep) },
      { keys: 'Escape', label: text.closePanel, run: close },
    ],
    [text, go, to, keep, close],
  );
  useShortcuts(shortcuts);
  return (
    <PanelLayout>
      <div className={styles.page}>
        <Reloading busy={busy}>
          <Header trace={trace} />
          <Notes trace={trace} onSelect={select} />
          <nav className={styles.views} aria-label={text.views}>
            {VIEWS.map(v => (
              <Link key={v} to={to(v)} params={keep} current={v === view}>
                {text.view[v]}
              </Link>
            ))}
          </nav>
          <Suspense fallback={<Skeleton rows={10} height={22} />}>
            {view === 'timeline' && <TimelineView trace={trace} services={services} onOpen={select} />}
            {view === 'flame' && <Flame trace={trace} services={services} selected={selected} onSelect={select} />}
            {view === 'stats' && <Stats trace={trace} onSelect={select} />}
            {view === 'map' && <GraphView trace={trace} onSelect={select} />}
            {view === 'raw' && <Raw trace={trace} />}
          </Suspense>
        </Reloading>
      </div>
      {selected >= 0 && (
        <SegmentPanel
          trace={trace}
          row={selected}
          tab={url.tab}
          onTab={tab => setUrl({ tab }, { replace: true })}
          onSelect={select}
          onClose={close}
        />
      )}
    </PanelLayout>
  );
}
