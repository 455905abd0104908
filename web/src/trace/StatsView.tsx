import { useMemo, useState } from 'react';
import { useUrl } from '../app/location';
import { useFormats, useMessages } from '../i18n';
import { glossary } from '../i18n/glossary';
import { type Column, Segments, Table } from '../ui';
import type { Sort } from '../url/codec';
import { address } from './address';
import { messages } from './messages';
import type { Trace } from './model';
import { BY, type Statistic, statistics } from './statistics';
import styles from './views.module.css';

/** Counts and times by service, name, operation or type; a row opens its slowest. */
export function StatsView({ trace, onSelect }: { trace: Trace; onSelect(row: number): void }) {
  const text = useMessages(messages);
  const words = useMessages(glossary);
  const format = useFormats();
  const [url, setUrl] = useUrl(address);
  const [sort, setSort] = useState<Sort>({ column: 'self', descending: true });
  const [active, setActive] = useState<string>();
  const rows = useMemo(() => {
    const sign = sort.descending ? -1 : 1;
    return statistics(trace, url.by).sort((a, b) => {
      const x = a[sort.column as keyof Statistic];
      const y = b[sort.column as keyof Statistic];
      return sign * (typeof x === 'string' ? x.localeCompare(String(y)) : Number(x) - Number(y));
    });
  }, [trace, url.by, sort]);
  const columns = useMemo<Column<Statistic>[]>(() => {
    const number = (id: keyof Statistic, label: string, cell: (s: Statistic) => string): Column<Statistic> => ({
      id,
      label,
      width: '92px',
      align: 'end',
      sortable: true,
      cell,
    });
    return [
      {
        id: 'key',
        label: text.bys[url.by],
        width: 'minmax(200px, 1fr)',
        sortable: true,
        cell: s => <span title={s.key}>{s.key}</span>,
      },
      number('count', text.count, s => format.count(s.count)),
      number('total', text.total, s => format.duration(s.total)),
      number('self', text.self, s => format.duration(s.self)),
      { ...number('share', text.share, s => format.share(s.share)), width: '140px' },
      number('average', text.average, s => format.duration(s.average)),
      number('p95', text.p95, s => format.duration(s.p95)),
      number('faults', words.fault, s => format.count(s.faults)),
      number('errors', words.error, s => format.count(s.errors)),
    ];
  }, [text, words, format, url.by]);
  return (
    <>
      <div className={styles.tools}>
        <Segments
          label={text.by}
          hideLabel
          value={url.by}
          onChange={by => setUrl({ by }, { replace: true })}
          choices={BY.map(id => ({ id, label: text.bys[id] }))}
        />
      </div>
      <Table
        label={text.statsTitle}
        columns={columns}
        rows={rows}
        rowKey={s => s.key}
        sort={sort}
        onSort={setSort}
        active={active}
        onActive={setActive}
        onOpen={s => onSelect(s.row)}
        onPreview={s => onSelect(s.row)}
      />
    </>
  );
}
