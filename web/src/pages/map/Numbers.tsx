import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { graphQueries } from '../../api/graph';
import type { Scope } from '../../app/scope';
import { quantile } from '../../chart/bins';
import { glossary, useFormats, useMessages } from '../../i18n';
import { keyOf, type Measured } from '../../map/model';
import type { Outcome } from '../../ui';
import type { Selected } from './filter';
import styles from './map.module.css';
import { messages } from './messages';

/** Rates, times and shares, each with its change against the range before. */
export function Numbers({ selected, of, scope }: { selected: Selected; of: Measured; scope: Scope }) {
  const text = useMessages(messages);
  const words = useMessages(glossary);
  const format = useFormats();
  const earlier = useQuery(graphQueries.compare(scope.window, scope.filter, scope.group, undefined));
  const before = useMemo(() => {
    if (!earlier.data) return undefined;
    if (selected.kind === 'node')
      return earlier.data.nodes.find(n => keyOf(n.node) === selected.node.key)?.before ?? undefined;
    return (
      earlier.data.edges.find(e => keyOf(e.source) === selected.edge.from && keyOf(e.target) === selected.edge.to)
        ?.before ?? undefined
    );
  }, [earlier.data, selected]);
  const then = before?.times;
  const share = (o: Outcome, counts: Record<Outcome, number>, all: number) => (all > 0 ? counts[o] / all : 0);
  const relative = (now: number | undefined, was: number | null | undefined) => {
    if (now === undefined || !was || was <= 0) return '';
    const change = now / was - 1;
    if (Math.abs(change) < 0.005) return '±0 %';
    return `${change > 0 ? '+' : '−'}${format.share(Math.abs(change))}`;
  };
  const points = (o: Outcome) => {
    if (!before || then === undefined || then.count === 0) return '';
    const change = share(o, of.counts, of.total) - share(o, before.outcomes, then.count);
    if (Math.abs(change) < 0.0005) return '±0';
    return `${change > 0 ? '+' : '−'}${format.share(Math.abs(change))}`;
  };
  const p = (q: number) => quantile(of.histogram, q);
  const cells: [string, string, string][] = [
    [text.perMinute, format.number(of.perMinute), relative(of.perMinute, before?.perMinute)],
    [text.average, format.duration(of.average), relative(of.average, then?.average)],
    ['p50', format.duration(p(0.5)), relative(p(0.5), then?.p50)],
    ['p90', format.duration(p(0.9)), relative(p(0.9), then?.p90)],
    ['p99', format.duration(p(0.99)), relative(p(0.99), then?.p99)],
    ...(['fault', 'error', 'throttle'] as const).map(
      o => [words[o], format.share(share(o, of.counts, of.total)), points(o)] as [string, string, string],
    ),
  ];
  return (
    <dl className={styles.numbers}>
      {cells.map(([label, value, change]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            {value}
            {change && (
              <small title={text.side.previous}>
                <span className="hidden-text">{text.side.previous}: </span>
                {change}
              </small>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
