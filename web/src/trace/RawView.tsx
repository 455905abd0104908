import { useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState } from 'react';
import { xray } from '../api/xray';
import { useFormats, useMessages, useText } from '../i18n';
import { Button, copy, download, Empty, Problem, Skeleton, TextField } from '../ui';
import { w3cTraceId } from '../url/traceid';
import { parseDocuments } from './documents';
import { Line, toggled } from './JsonTree';
import { found, linesOf, unfolded } from './json';
import { messages } from './messages';
import type { Trace } from './model';
import styles from './views.module.css';

/** The documents as BatchGetTraces has them, as JSON that folds. */
export function RawView({ trace }: { trace: Trace }) {
  const text = useMessages(messages);
  const common = useText();
  const format = useFormats();
  const { id, revision } = trace.source;
  const raw = useQuery({
    queryKey: ['documents', id, revision],
    queryFn: ({ signal }) => xray.traces([id], signal).then(all => all[0] ?? null),
  });
  const value = useMemo(() => (raw.data ? { ...raw.data, Segments: parseDocuments(raw.data) } : undefined), [raw.data]);
  const lines = useMemo(() => (value ? linesOf(value) : []), [value]);
  const [folded, setFolded] = useState<ReadonlySet<number>>(new Set());
  const [wanted, setWanted] = useState('');
  const hits = useMemo(() => found(lines, wanted), [lines, wanted]);
  const marked = useMemo(() => new Set(hits.map(l => l.number)), [hits]);
  const shown = useMemo(() => unfolded(lines, folded), [lines, folded]);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 24,
    overscan: 20,
    getItemKey: i => shown[i]?.number ?? i,
  });
  if (raw.isPending) return <Skeleton rows={20} height={16} />;
  if (raw.isError) return <Problem error={raw.error} onRetry={() => void raw.refetch()} />;
  if (!value) return <Empty title={text.gone} />;
  const all = () => JSON.stringify(value, null, 2);
  const jump = (step: number) => {
    const top = virtual.getVirtualItems()[0]?.index ?? 0;
    const near = shown[Math.max(0, top)]?.number ?? 0;
    const next = step > 0 ? hits.find(l => l.number > near + 20) : hits.findLast(l => l.number < near);
    const target = next ?? hits[step > 0 ? 0 : hits.length - 1];
    const index = target ? shown.findIndex(l => l.number === target.number) : -1;
    if (index >= 0) virtual.scrollToIndex(index, { align: 'start' });
  };
  return (
    <>
      <div className={styles.tools}>
        <TextField
          label={text.find}
          hideLabel
          placeholder={text.find}
          value={wanted}
          onChange={v => {
            setWanted(v);
            setFolded(new Set());
          }}
          onKeyDown={e => {
            if (e.key === 'Enter' && !e.nativeEvent.isComposing) jump(e.shiftKey ? -1 : 1);
          }}
        />
        {wanted !== '' && <span role="status">{format.count(hits.length)}</span>}
        <Button
          onPress={() => setFolded(new Set(lines.filter(l => l.kind === 'open' && l.depth === 2).map(l => l.number)))}
        >
          {text.foldAll}
        </Button>
        <Button onPress={() => setFolded(new Set())}>{text.unfoldAll}</Button>
        <Button icon="copy" onPress={() => void copy(all(), common.actions.copied)}>
          {text.copyAll}
        </Button>
        <Button icon="download" onPress={() => download(`${id}.json`, 'application/json', all())}>
          {text.download}
        </Button>
        <Button kind="quiet" onPress={() => void copy(w3cTraceId(id), common.actions.copied)}>
          {text.w3c}
        </Button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to take the focus */}
      <section ref={scroller} className={styles.raw} aria-label={text.rawTitle} tabIndex={0}>
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map(item => {
            const line = shown[item.index];
            if (!line) return null;
            return (
              <div
                key={item.key}
                ref={virtual.measureElement}
                data-index={item.index}
                className={styles.numbered}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <span className={styles.number} aria-hidden="true">
                  {line.number}
                </span>
                <Line
                  line={line}
                  folded={folded.has(line.number)}
                  hit={marked.has(line.number)}
                  onFold={() => setFolded(f => toggled(f, line.number))}
                />
              </div>
            );
          })}
        </div>
      </section>
    </>
  );
}
