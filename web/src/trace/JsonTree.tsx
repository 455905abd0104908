import { useMemo, useState } from 'react';
import { useFormats, useMessages, useText } from '../i18n';
import { copy, TextField } from '../ui';
import { found, type JsonLine, linesOf, unfolded } from './json';
import { messages } from './messages';
import styles from './panel.module.css';

/** A value as JSON that folds, with a search; a click on a name copies its path. */
export function JsonTree({ value, searchable = false }: { value: unknown; searchable?: boolean }) {
  const text = useMessages(messages);
  const lines = useMemo(() => linesOf(value), [value]);
  const [folded, setFolded] = useState<ReadonlySet<number>>(new Set());
  const [wanted, setWanted] = useState('');
  const hits = useMemo(() => new Set(found(lines, wanted).map(l => l.number)), [lines, wanted]);
  const shown = useMemo(() => unfolded(lines, hits.size > 0 ? new Set() : folded), [lines, folded, hits]);
  return (
    <div className={styles.json}>
      {searchable && (
        <TextField
          label={text.findMetadata}
          hideLabel
          placeholder={text.findMetadata}
          value={wanted}
          onChange={setWanted}
          {...(wanted ? { hint: `${hits.size}` } : {})}
        />
      )}
      <div className={styles.code}>
        {shown.map(line => (
          <Line
            key={line.number}
            line={line}
            folded={folded.has(line.number) && hits.size === 0}
            hit={hits.has(line.number)}
            onFold={() => setFolded(f => toggled(f, line.number))}
          />
        ))}
      </div>
    </div>
  );
}

export function toggled<T>(set: ReadonlySet<T>, value: T): ReadonlySet<T> {
  const next = new Set(set);
  if (!next.delete(value)) next.add(value);
  return next;
}

/** One line of JSON, as in the tree and in the raw view. */
export function Line({ line, folded, hit, onFold }: { line: JsonLine; folded: boolean; hit: boolean; onFold(): void }) {
  const text = useMessages(messages);
  const common = useText();
  const format = useFormats();
  return (
    <div className={`${styles.line} ${hit ? styles.hit : ''}`} style={{ paddingInlineStart: line.depth * 14 + 18 }}>
      {line.kind === 'open' && (
        <button
          type="button"
          className={styles.fold}
          style={{ insetInlineStart: line.depth * 14 - 6 }}
          aria-expanded={!folded}
          aria-label={`${folded ? text.unfold : text.fold} ${line.path}`}
          onClick={onFold}
        >
          {folded ? '▸' : '▾'}
        </button>
      )}
      {line.key !== undefined && (
        <button
          type="button"
          className={styles.key}
          title={`${text.copyPath}: ${line.path}`}
          onClick={() => void copy(line.path, common.actions.copied)}
        >
          {line.key}
        </button>
      )}
      {line.key !== undefined && ': '}
      <span className={styles[line.kind]}>{line.text}</span>
      {folded && (
        <span className={styles.muted}>
          {' '}
          {text.membersHidden(format.count(line.size))} {line.text === '[' ? ']' : '}'}
        </span>
      )}
      {line.comma && ','}
    </div>
  );
}
