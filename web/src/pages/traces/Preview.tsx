import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { queries } from '../../api/queries';
import { Link } from '../../app/Link';
import { useFormats, useMessages, useText } from '../../i18n';
import { entities, parseDocuments } from '../../trace/documents';
import { MiniTimeline } from '../../trace/MiniTimeline';
import { CopyButton, Empty, Panel, Problem, Skeleton } from '../../ui';
import { messages } from './messages';
import styles from './traces.module.css';

const ROWS = 40;

/** The first rows of a trace beside the list. */
export function Preview({ id, onClose }: { id: string; onClose(): void }) {
  const text = useMessages(messages);
  const common = useText();
  const format = useFormats();
  const trace = useQuery(queries.trace(id));
  const rows = useMemo(() => (trace.data ? entities(parseDocuments(trace.data)) : []), [trace.data]);
  return (
    <Panel
      name="trace-preview"
      title={text.preview}
      width={460}
      onClose={onClose}
      header={
        <div className={styles.previewHead}>
          <h2 className="hidden-text">{text.preview}</h2>
          <Link to={`/traces/${id}`} className={styles.id}>
            {id}
          </Link>
          <CopyButton value={id} label={text.copyId} />
        </div>
      }
    >
      {trace.isPending && <Skeleton rows={12} height={16} />}
      {trace.isError && <Problem error={trace.error} onRetry={() => void trace.refetch()} />}
      {trace.data === null && <Empty title={text.gone}>{common.states.nothing}</Empty>}
      {rows.length > 0 && (
        <div className={styles.preview}>
          <MiniTimeline rows={rows} most={ROWS} />
          {rows.length > ROWS && (
            <p className={styles.note}>{text.firstRows(format.count(ROWS), format.count(rows.length))}</p>
          )}
        </div>
      )}
    </Panel>
  );
}
