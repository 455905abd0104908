import { type ReactNode, useState } from 'react';
import { FLAG, type TraceEntity } from '../api/console';
import { Link } from '../app/Link';
import { useFormats, useMessages, useText } from '../i18n';
import { annotation, compare, not } from '../query/terms';
import { Button, CopyButton, copy, OutcomeMark, Switch } from '../ui';
import { causeOf, type Exception, flat, formatSql, listOf, type Members, members, say, stackText } from './document';
import { JsonTree } from './JsonTree';
import { messages } from './messages';
import { at, has, outcomeAt, type Trace } from './model';
import styles from './panel.module.css';

export interface Facts {
  trace: Trace;
  row: number;
  entity: TraceEntity;
  document: Members;
  onSelect(row: number): void;
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (children === '' || children === null || children === undefined || children === false) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** A link to another row of the trace. */
function RowLink({ facts, id }: { facts: Facts; id: string }) {
  const row = facts.trace.rowOf(id);
  if (row < 0) return <span className={styles.mono}>{id}</span>;
  return (
    <button type="button" className={styles.link} onClick={() => facts.onSelect(row)}>
      {facts.trace.name(row)}
    </button>
  );
}

function RowLinks({ facts, ids }: { facts: Facts; ids: readonly string[] }) {
  const text = useMessages(messages);
  const format = useFormats();
  const most = 12;
  return (
    <>
      {ids.slice(0, most).map(id => (
        <RowLink key={id} facts={facts} id={id} />
      ))}
      {ids.length > most && text.more(format.count(ids.length - most))}
    </>
  );
}

export function OverviewFacts(facts: Facts) {
  const { trace: t, row, entity, document: d } = facts;
  const text = useMessages(messages);
  const format = useFormats();
  const length = (at(t.end, row) - at(t.start, row)) / 1e9;
  const self = at(t.self, row) / 1e9;
  const http = members(d.http);
  const version = say(members(d.service)?.version);
  const flags = (['fault', 'error', 'throttle', 'inProgress', 'inferred', 'critical'] as const).filter(f =>
    has(t, row, FLAG[f]),
  );
  const skew = t.source.notes.find(n => n.kind === 'clock-skew' && n.row === row);
  const links = listOf(d.links)
    .map(members)
    .filter(l => l !== undefined);
  return (
    <>
      <dl className={styles.facts}>
        <Fact name={text.outcome}>
          <OutcomeMark outcome={outcomeAt(t, row)} named />
        </Fact>
        <Fact name={text.status}>{at(t.status, row) > 0 && String(at(t.status, row))}</Fact>
        <Fact name={text.duration}>
          {format.duration(length)}
          {has(t, row, FLAG.inProgress) && <span className={styles.muted}>{text.running}</span>}
        </Fact>
        <Fact name={text.self}>
          {format.duration(self)}
          {length > 0 && (
            <span className={styles.muted}>{text.ofDuration(format.share(Math.min(1, self / length)))}</span>
          )}
        </Fact>
        <Fact name={text.start}>{format.moment((t.source.start + at(t.start, row) / 1e9) * 1000, 'millisecond')}</Fact>
        <Fact name={text.offset}>{format.duration(at(t.start, row) / 1e9)}</Fact>
        <Fact name={text.kind}>{text.kinds[entity.inferred ? 'inferred' : entity.kind]}</Fact>
        <Fact name={text.id}>
          <span className={styles.mono}>{entity.id}</span>
          <CopyButton value={entity.id} />
        </Fact>
        <Fact name={text.node}>
          {entity.node && (
            <>
              {entity.node.name} {entity.node.type && <span className={styles.muted}>{entity.node.type}</span>}
            </>
          )}
        </Fact>
        <Fact name={text.namespace}>{say(d.namespace)}</Fact>
        <Fact name={text.user}>{say(d.user)}</Fact>
        <Fact name={text.version}>{version}</Fact>
        <Fact name={text.flags}>{flags.join(', ')}</Fact>
        <Fact name={text.caller}>{entity.parent && <RowLink facts={facts} id={entity.parent} />}</Fact>
        <Fact name={text.callees}>{entity.callees.length > 0 && <RowLinks facts={facts} ids={entity.callees} />}</Fact>
        <Fact name={text.children}>
          {entity.children.length > 0 && <RowLinks facts={facts} ids={entity.children} />}
        </Fact>
        <Fact name={text.precursors}>
          {listOf(d.precursor_ids).length > 0 && <RowLinks facts={facts} ids={listOf(d.precursor_ids).map(say)} />}
        </Fact>
        <Fact name={text.received}>{entity.received ? format.moment(entity.received * 1000, 'millisecond') : ''}</Fact>
        {skew?.before ? <Fact name="">{text.skewBefore(format.duration(skew.before / 1e9))}</Fact> : null}
        {skew?.after ? <Fact name="">{text.skewAfter(format.duration(skew.after / 1e9))}</Fact> : null}
      </dl>
      <MemberList title={text.request} value={members(http?.request)} />
      <MemberList title={text.response} value={members(http?.response)} />
      {links.length > 0 && (
        <>
          <h3 className={styles.heading}>{text.links}</h3>
          <dl className={styles.facts}>
            {links.map((l, i) => (
              <Fact key={i} name={String(i + 1)}>
                <Link
                  to={`/traces/${say(l.trace_id)}`}
                  params={{ seg: say(l.id) || undefined }}
                  className={styles.mono}
                >
                  {say(l.trace_id)}
                </Link>
              </Fact>
            ))}
          </dl>
        </>
      )}
    </>
  );
}

function MemberList({ title, value }: { title: string; value: Members | undefined }) {
  const rows = flat(value);
  if (rows.length === 0) return null;
  return (
    <>
      <h3 className={styles.heading}>{title}</h3>
      <dl className={styles.facts}>
        {rows.map(([name, v]) => (
          <Fact key={name} name={name}>
            {v}
          </Fact>
        ))}
      </dl>
    </>
  );
}

export function Resources({ document: d, entity }: Facts) {
  const text = useMessages(messages);
  const groups = Object.entries(members(d.aws) ?? {});
  const plain = Object.fromEntries(groups.filter(([, v]) => !members(v)));
  return (
    <>
      <dl className={styles.facts}>
        <Fact name={text.type}>{say(d.origin)}</Fact>
        <Fact name="ARN">{say(d.resource_arn)}</Fact>
        <Fact name={text.account}>{entity.node?.account}</Fact>
      </dl>
      <MemberList title="aws" value={plain} />
      {groups.map(([name, v]) => (
        <MemberList key={name} title={name} value={members(v)} />
      ))}
    </>
  );
}

export function Annotations({ document: d }: Facts) {
  const text = useMessages(messages);
  return (
    <div>
      {Object.entries(members(d.annotations) ?? {}).map(([key, value]) => {
        const v = typeof value === 'number' || typeof value === 'boolean' ? value : say(value);
        const term = compare(annotation(key), '=', v);
        return (
          <div key={key} className={styles.annotation}>
            <div className={styles.pair}>
              <span className={styles.muted}>{key}</span> {String(v)}
            </div>
            <div className={styles.actions}>
              <Link to="/traces" params={{ q: term }} title={text.filterBy(term)}>
                {text.filter}
              </Link>
              <Link to="/traces" params={{ q: not(term) }} title={text.filterBy(not(term))}>
                {text.exclude}
              </Link>
              <Link to="/analytics" params={{ by: `annotation.${key}` }}>
                {text.analyse}
              </Link>
            </div>
          </div>
        );
      })}
    </div>
  );
}

export function Exceptions(facts: Facts) {
  const text = useMessages(messages);
  const [own, setOwn] = useState(false);
  const cause = causeOf(facts.document);
  if (!cause) return null;
  const anyOwn = cause.exceptions.some(e => e.stack.some(f => f.own) && e.stack.some(f => !f.own));
  return (
    <div>
      {cause.reference && (
        <p className={styles.exception}>
          {text.causeElsewhere} <code>{cause.reference}</code>
        </p>
      )}
      {(cause.workingDirectory || anyOwn) && (
        <div className={styles.exception}>
          {cause.workingDirectory && (
            <p>
              <span className={styles.muted}>{text.workingDirectory}</span>{' '}
              <span className={styles.mono}>{cause.workingDirectory}</span>
            </p>
          )}
          {anyOwn && <Switch label={text.appFrames} value={own} onChange={setOwn} />}
        </div>
      )}
      {cause.exceptions.map((e, i) => (
        <ExceptionView
          key={e.id || i}
          exception={e}
          caused={i > 0 && cause.exceptions[i - 1]?.cause === e.id}
          own={own}
        />
      ))}
    </div>
  );
}

function ExceptionView({ exception: e, caused, own }: { exception: Exception; caused: boolean; own: boolean }) {
  const text = useMessages(messages);
  const common = useText();
  const format = useFormats();
  const frames = own ? [...e.stack.filter(f => f.own), ...e.stack.filter(f => !f.own)] : e.stack;
  return (
    <section className={styles.exception}>
      {caused && <span className={styles.muted}>{text.causedBy}</span>}
      <h3>{e.type || '–'}</h3>
      <p>
        {e.message} {e.remote && <span className={styles.muted}>({text.remote})</span>}
      </p>
      {frames.length > 0 && (
        <ol className={styles.stack}>
          {frames.map((f, i) => (
            <li key={i} className={f.own ? styles.own : ''}>
              {f.label || '?'} {f.path}
              {f.line && `:${f.line}`}
            </li>
          ))}
        </ol>
      )}
      {e.truncated + e.skipped > 0 && (
        <p className={styles.muted}>{text.frames(format.count(e.truncated + e.skipped))}</p>
      )}
      <Button icon="copy" onPress={() => void copy(stackText(e), common.actions.copied)}>
        {text.copyStack}
      </Button>
    </section>
  );
}

export function Sql({ document: d, trace, row }: Facts) {
  const text = useMessages(messages);
  const format = useFormats();
  const sql = members(d.sql) ?? {};
  const query = say(sql.sanitized_query);
  const { sanitized_query: _, ...rest } = sql;
  return (
    <div className={styles.section}>
      {query && (
        <>
          <h3>{text.query}</h3>
          <pre className={styles.sql}>{formatSql(query)}</pre>
          <p className={styles.muted}>
            {format.duration((at(trace.end, row) - at(trace.start, row)) / 1e9)} · {text.sanitised}
          </p>
        </>
      )}
      <MemberList title={text.database} value={rest} />
    </div>
  );
}

/** What a span had that segments have no place for; docs/otlp.md has the members. */
export function OpenTelemetry({ document: d, trace }: Facts) {
  const text = useMessages(messages);
  const format = useFormats();
  const otlp = members(members(d.metadata)?.otlp) ?? {};
  const events = listOf(otlp.events)
    .map(members)
    .filter(e => e !== undefined);
  const links = listOf(otlp.links);
  const offset = (time: unknown) => {
    const nanoseconds = Number(time);
    return Number.isFinite(nanoseconds) ? format.duration(nanoseconds / 1e9 - trace.source.start) : '';
  };
  return (
    <div className={styles.section}>
      <dl className={styles.facts}>
        <Fact name={text.kind}>{say(otlp.kind)}</Fact>
        <Fact name={text.name}>{say(otlp.name)}</Fact>
        <Fact name={text.spanStatus}>{[say(otlp.status), say(otlp.message)].filter(Boolean).join(': ')}</Fact>
        <Fact name="trace_state">{say(otlp.trace_state)}</Fact>
        <Fact name={text.flags}>{say(otlp.flags)}</Fact>
      </dl>
      {events.length > 0 && (
        <>
          <h3>{text.events}</h3>
          <ul className={styles.events}>
            {events.map((e, i) => (
              <li key={i}>
                <b>{say(e.name)}</b> <span className={styles.muted}>{offset(e.time)}</span>
                {members(e.attributes) && <JsonTree value={e.attributes} />}
              </li>
            ))}
          </ul>
        </>
      )}
      {links.length > 0 && (
        <>
          <h3>{text.links}</h3>
          <JsonTree value={links} />
        </>
      )}
      {members(otlp.attributes) && (
        <>
          <h3>{text.attributes}</h3>
          <JsonTree value={otlp.attributes} searchable />
        </>
      )}
      {members(otlp.resource) && (
        <>
          <h3>{text.resource}</h3>
          <JsonTree value={otlp.resource} />
        </>
      )}
      {members(otlp.scope) && (
        <>
          <h3>{text.scope}</h3>
          <JsonTree value={otlp.scope} />
        </>
      )}
    </div>
  );
}
