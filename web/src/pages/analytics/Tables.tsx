import type { ReactNode } from 'react';
import type { Analysis } from '../../api/console';
import { useFormats, useMessages } from '../../i18n';
import { Empty, IconButton, Select } from '../../ui';
import { Rows } from '../../ui/Sheet';
import styles from './analytics.module.css';
import { type FixedField, messages } from './messages';
import { rowsOf } from './sets';

/** How a field is called. */
export function useFieldName(): (field: string) => string {
  const text = useMessages(messages);
  return field =>
    field.startsWith('annotation.')
      ? text.annotation(field.slice('annotation.'.length))
      : (text.fields[field as FixedField] ?? field);
}

/** What a click on a value does. */
export interface Clicks {
  set: string;
  add(term: string, exclude: boolean): void;
}

function ValueButtons({ filter, clicks }: { filter: string | null; clicks: Clicks }): ReactNode {
  const text = useMessages(messages);
  if (filter === null) return null;
  return (
    <span className={styles.buttons}>
      <IconButton icon="plus" label={text.add(shorten(filter), clicks.set)} onPress={() => clicks.add(filter, false)} />
      <IconButton
        icon="minus"
        label={text.exclude(shorten(filter), clicks.set)}
        onPress={() => clicks.add(filter, true)}
      />
    </span>
  );
}

const shorten = (filter: string) => (filter.length > 80 ? `${filter.slice(0, 77)}…` : filter);

function Shares({ a, b }: { a: number; b: number }) {
  const format = useFormats();
  return (
    <span className={styles.bars}>
      <span className={styles.bar}>
        <i style={{ width: `${a * 100}%` }} />
      </span>
      <span>{format.share(a)}</span>
      <span className={`${styles.bar} ${styles.barB}`}>
        <i style={{ width: `${b * 100}%` }} />
      </span>
      <span>{format.share(b)}</span>
    </span>
  );
}

/** A difference of shares with its sign. */
export function signed(share: number, format: (share: number) => string): string {
  if (share === 0) return format(0);
  return `${share > 0 ? '+' : '−'}${format(Math.abs(share))}`;
}

/** Every field by how far the sets differ in it. */
export function Differences({
  found,
  names,
  clicks,
  onField,
}: {
  found: Analysis;
  names: { a: string; b: string };
  clicks: Clicks;
  onField(field: string): void;
}) {
  const text = useMessages(messages);
  const format = useFormats();
  const nameOf = useFieldName();
  if (found.differences.length === 0)
    return (
      <Empty icon="analytics" title={text.noDifferences}>
        {text.noDifferencesHint}
      </Empty>
    );
  return (
    <div className={styles.tab}>
      <p className={styles.muted}>{text.differsHint}</p>
      <Rows
        label={text.differs}
        head={[
          { label: text.field },
          { label: text.value },
          { label: `${names.a} · ${names.b}` },
          { label: text.delta, end: true },
          { label: text.n, end: true },
          { label: text.actions, hidden: true },
        ]}
        rows={found.differences.map(d => {
          const face = d.significant ? undefined : styles.noise;
          return {
            key: d.field,
            cells: [
              <button key="field" type="button" className={styles.link} onClick={() => onField(d.field)}>
                {nameOf(d.field)}
              </button>,
              <span key="value" className={`${styles.value} ${face ?? ''}`}>
                {d.value}
              </span>,
              <Shares key="shares" a={d.a.share} b={d.b.share} />,
              <span key="delta" className={styles.delta}>
                <span className={face}>{signed(d.delta, format.share)}</span>
                <small>
                  {d.significant
                    ? text.interval(signed(d.low, format.share), signed(d.high, format.share))
                    : text.noise}
                </small>
              </span>,
              `${format.count(d.a.count)} · ${format.count(d.b.count)}`,
              <ValueButtons key="buttons" filter={d.filter} clicks={clicks} />,
            ],
          };
        })}
      />
    </div>
  );
}

/** The values of one field in both sets. */
export function FieldTable({
  found,
  field: wanted,
  order,
  names,
  clicks,
  onField,
  onOrder,
}: {
  found: Analysis;
  field: string;
  order: 'count' | 'delta';
  names: { a: string; b: string };
  clicks: Clicks;
  onField(field: string): void;
  onOrder(order: 'count' | 'delta'): void;
}) {
  const text = useMessages(messages);
  const format = useFormats();
  const nameOf = useFieldName();
  const field = found.fields.find(f => f.field === wanted);
  const rows = field ? rowsOf(field, found, order) : [];
  return (
    <div className={styles.tab}>
      <div className={styles.filters}>
        <Select
          label={text.field}
          choices={found.fields.map(f => ({ id: f.field, label: nameOf(f.field), detail: format.count(f.distinct) }))}
          value={wanted}
          onChange={onField}
        />
        <Select<'count' | 'delta'>
          label={text.order}
          choices={(['count', 'delta'] as const).map(id => ({ id, label: text.orders[id] }))}
          value={order}
          onChange={onOrder}
        />
        {field && (
          <span className={styles.muted}>
            {text.distinct(format.count(field.distinct))},{' '}
            {text.withField(
              format.count(field.with.a),
              format.count(found.sets.b ? (field.with.b ?? 0) : field.with.rest),
            )}
          </span>
        )}
      </div>
      {rows.length === 0 ? (
        <p className={styles.muted}>{text.noValues}</p>
      ) : (
        <Rows
          label={nameOf(wanted)}
          head={[
            { label: nameOf(wanted) },
            { label: `${names.a} · ${names.b}` },
            { label: text.delta, end: true },
            { label: text.n, end: true },
            { label: text.actions, hidden: true },
          ]}
          rows={rows.map(r => ({
            key: r.value.value,
            cells: [
              <span key="value" className={styles.value}>
                {r.value.value}
              </span>,
              <Shares key="shares" a={r.shareA} b={r.shareB} />,
              signed(r.delta, format.share),
              `${format.count(r.a)} · ${format.count(r.b)}`,
              <ValueButtons key="buttons" filter={r.value.filter} clicks={clicks} />,
            ],
          }))}
        />
      )}
    </div>
  );
}
