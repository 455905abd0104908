import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { FLAG, type TraceNote } from '../api/console';
import { Link } from '../app/Link';
import { useSession } from '../app/session';
import { useFormats, useMessages } from '../i18n';
import { glossary } from '../i18n/glossary';
import { Banner, Button, CopyButton, OutcomeMark } from '../ui';
import { members, say } from './document';
import { entityQuery } from './entity';
import styles from './header.module.css';
import { messages } from './messages';
import { criticalShares, has, isSegment, type Trace } from './model';

/** What the trace is as a whole, in a few lines. */
export function Header({ trace: t }: { trace: Trace }) {
  const text = useMessages(messages);
  const words = useMessages(glossary);
  const format = useFormats();
  const now = useSession(s => s.now);
  const { source } = t;
  const root = source.root ?? 0;
  const entry = useQuery({ ...entityQuery(source, t.ids[root] ?? ''), enabled: t.count > 0 });
  const xray = members(members(entry.data?.document.aws)?.xray);
  const rule = say(xray?.sampling_rule_name ?? xray?.rule_name);
  const counts = useMemo(() => {
    let segments = 0;
    let faults = 0;
    let errors = 0;
    const services = new Set<string>();
    for (let row = 0; row < t.count; row++) {
      if (isSegment(t, row) && !has(t, row, FLAG.inferred)) {
        segments++;
        services.add(t.service(row));
      }
      if (has(t, row, FLAG.fault)) faults++;
      else if (has(t, row, FLAG.error)) errors++;
    }
    return { segments, faults, errors, services: services.size };
  }, [t]);
  const shares = useMemo(() => criticalShares(t).slice(0, 4), [t]);
  const n = format.count;
  const started = source.start * 1000;
  const status = t.status[root] ?? 0;
  return (
    <header className={styles.header}>
      <div className={styles.first}>
        {source.outcome && <OutcomeMark outcome={source.outcome} named />}
        {status > 0 && <span className={styles.status}>{status}</span>}
        <span className={styles.what}>{t.count > 0 ? t.operation(root) || t.name(root) : ''}</span>
        <span className={styles.copied}>
          <span className={styles.id}>{source.id}</span>
          <CopyButton value={source.id} label={text.copyId} />
        </span>
      </div>
      <ul className={styles.facts}>
        <li>
          <b>{words.duration}</b>{' '}
          {source.duration === null ? `≥ ${format.duration(t.extent / 1e9)}` : format.duration(source.duration / 1e9)}
        </li>
        {source.responseTime !== null && (
          <li>
            <b>{words.responseTime}</b> {format.duration(source.responseTime / 1e9)}
          </li>
        )}
        <li>
          <b>{text.started}</b> {format.moment(started, 'millisecond')} ({format.ago(started, Math.max(now, started))})
        </li>
        <li>{text.services(counts.services, n(counts.services))}</li>
        <li>{text.segments(counts.segments, n(counts.segments))}</li>
        <li>{text.entities(t.count, n(t.count))}</li>
        {counts.faults > 0 && <li className={styles.fault}>{text.faults(counts.faults, n(counts.faults))}</li>}
        {counts.errors > 0 && <li className={styles.error}>{text.errors(counts.errors, n(counts.errors))}</li>}
        {rule && (
          <li>
            <b>{text.rule}</b> <Link to={`/sampling/${encodeURIComponent(rule)}`}>{rule}</Link>
          </li>
        )}
        {shares.length > 0 && (
          <li>
            <b>{text.critical}</b> {shares.map(s => `${s.service} ${format.share(s.share)}`).join(' · ')}
          </li>
        )}
      </ul>
    </header>
  );
}

/** What is odd about a trace, each with a way to the first row that it is about. */
export function Notes({ trace: t, onSelect }: { trace: Trace; onSelect(row: number): void }) {
  const text = useMessages(messages);
  const format = useFormats();
  const { source } = t;
  const first = (kind: TraceNote['kind']) => source.notes.find(n => n.kind === kind);
  const number = (kind: TraceNote['kind']) =>
    Math.max(source.noteCounts?.[kind] ?? 0, source.notes.filter(n => n.kind === kind).length);
  const kinds = [
    ['missing-parent', text.missingParents],
    ['missing-callee', text.missingCallees],
    ['clock-skew', text.skew],
  ] as const;
  const linked = [...new Map(source.links.map(l => [l.traceId, l])).values()];
  return (
    <>
      {source.inProgress && <Banner>{text.inProgress}</Banner>}
      {source.limitExceeded && <Banner kind="warning">{text.limit}</Banner>}
      {kinds.map(([kind, say]) => {
        const note = first(kind);
        const count = number(kind);
        if (!note) return null;
        return (
          <Banner
            key={kind}
            kind="warning"
            actions={
              <Button kind="quiet" onPress={() => onSelect(note.row)}>
                {text.showRow}
              </Button>
            }
          >
            {say(count, format.count(count))}
          </Banner>
        );
      })}
      {linked.length > 0 && (
        <p className={styles.linked}>
          <b>{text.linked}</b>
          {linked.slice(0, 10).map(l => (
            <Link key={l.traceId} to={`/traces/${l.traceId}`} params={{ seg: l.id || undefined }}>
              {l.traceId}
            </Link>
          ))}
        </p>
      )}
    </>
  );
}
