import { useFormats } from '../i18n';
import { fillOf, OutcomeMark } from '../ui';
import type { Entity } from './documents';
import styles from './MiniTimeline.module.css';

/** The first rows of a trace, small: for previews. */
export function MiniTimeline({ rows, most = 40 }: { rows: readonly Entity[]; most?: number }) {
  const format = useFormats();
  const from = rows.reduce((min, r) => Math.min(min, r.start), Number.POSITIVE_INFINITY);
  const to = rows.reduce((max, r) => Math.max(max, r.end ?? r.start), from);
  const length = Math.max(1e-6, to - from);
  return (
    <ol className={styles.rows}>
      {rows.slice(0, most).map((r, i) => (
        <li key={`${r.id}${i}`} className={styles.row}>
          <span
            className={`${styles.name} ${r.isSegment ? styles.segment : ''}`}
            style={{ paddingInlineStart: Math.min(r.depth, 8) * 10 }}
            title={r.name}
          >
            {r.outcome !== 'ok' && <OutcomeMark outcome={r.outcome} />}
            <span className={styles.text}>{r.name}</span>
          </span>
          <span className={styles.track}>
            <span
              className={`${styles.bar} ${r.inferred ? styles.inferred : ''}`}
              style={{
                left: `${((r.start - from) / length) * 100}%`,
                width: `${(((r.end ?? to) - r.start) / length) * 100}%`,
                background: fillOf(r.outcome),
              }}
            />
          </span>
          <span className={styles.time}>{format.duration(r.end === undefined ? undefined : r.end - r.start)}</span>
        </li>
      ))}
    </ol>
  );
}
