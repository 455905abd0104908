import type { TraceSummary } from '../../api/shapes';
import { Link } from '../../app/Link';
import type { Formats } from '../../i18n';
import { summaryOutcome } from '../../query/facets';
import { type Column, fillOf, OutcomeMark } from '../../ui';
import { annotationsOf, type ColumnId, pathOf } from './rows';
import styles from './traces.module.css';

export interface Names extends Record<ColumnId, string> {
  partial: string;
}

/** All columns of the list. A response time of long fills its bar. */
export function columnsOf(
  names: Names,
  format: Formats,
  now: number,
  long: number,
): Record<ColumnId, Column<TraceSummary>> {
  const day = now - 86_400_000;
  const c = (
    id: ColumnId,
    width: string,
    cell: (s: TraceSummary) => React.ReactNode,
    end = false,
  ): Column<TraceSummary> => ({
    id,
    label: names[id],
    width,
    sortable: true,
    cell,
    ...(end ? { align: 'end' as const } : {}),
  });
  const plain = (value: string | number | null | undefined) =>
    value === null || value === undefined || value === '' ? (
      <span className={styles.none}>–</span>
    ) : (
      <span title={String(value)}>{value}</span>
    );
  return {
    outcome: c('outcome', '88px', s => (
      <span className={styles.outcome}>
        <OutcomeMark outcome={summaryOutcome(s)} />
        {s.IsPartial && (
          <span className={styles.partial} title={names.partial}>
            …<span className="hidden-text">{names.partial}</span>
          </span>
        )}
      </span>
    )),
    start: c('start', '132px', s => {
      const at = s.StartTime * 1000;
      return (
        <time
          dateTime={new Date(at).toISOString()}
          title={`${format.moment(at, 'millisecond')} · ${format.ago(at, now)}`}
        >
          {at > day ? format.clock(at, 'millisecond') : format.moment(at)}
        </time>
      );
    }),
    method: c('method', '84px', s => plain(s.Http.HttpMethod)),
    status: c('status', '92px', s => plain(s.Http.HttpStatus), true),
    response: c(
      'response',
      '150px',
      s => (
        <span className={styles.response}>
          <span className={styles.track} aria-hidden="true">
            <span
              style={{
                width: `${((s.ResponseTime ?? 0) / Math.max(long, 1e-9)) * 100}%`,
                background: fillOf(summaryOutcome(s)),
              }}
            />
          </span>
          <span className={styles.number}>{format.duration(s.ResponseTime)}</span>
        </span>
      ),
      true,
    ),
    duration: c('duration', '96px', s => format.duration(s.Duration), true),
    url: c('url', 'minmax(180px, 2fr)', s =>
      s.Http.HttpURL ? <span title={s.Http.HttpURL}>{pathOf(s.Http.HttpURL)}</span> : plain(null),
    ),
    entry: c('entry', 'minmax(110px, 1fr)', s => plain(s.EntryPoint?.Name)),
    clientip: c('clientip', '120px', s => plain(s.Http.ClientIp)),
    user: c('user', 'minmax(90px, 1fr)', s => plain(s.Users.map(u => u.UserName).join(', '))),
    annotations: c(
      'annotations',
      '104px',
      s => {
        const all = annotationsOf(s);
        return all.length === 0 ? plain(null) : <span title={all.join('\n')}>{format.count(all.length)}</span>;
      },
      true,
    ),
    services: c('services', '88px', s => format.count(s.ServiceIds.filter(n => n.Type !== 'client').length), true),
    id: c('id', '272px', s => (
      <Link to={`/traces/${s.Id}`} className={styles.id}>
        {s.Id}
      </Link>
    )),
  };
}
