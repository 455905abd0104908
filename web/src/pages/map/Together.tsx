import { useMemo, useState } from 'react';
import { useGo } from '../../app/location';
import type { Scope } from '../../app/scope';
import { quantile } from '../../chart/bins';
import type { Selection } from '../../chart/selection';
import { glossary, useFormats, useMessages, useText } from '../../i18n';
import { messages as mapMessages } from '../../map/messages';
import { type MapGraph, type MapNode, type Measured, together } from '../../map/model';
import { nameOf } from '../../map/words';
import { add } from '../../query/terms';
import { absolute } from '../../time/range';
import { Button, copy, OUTCOMES, Panel } from '../../ui';
import { rangeParams } from '../../url/shared';
import { Distribution } from './Distribution';
import { termOfAll } from './filter';
import styles from './map.module.css';
import { messages } from './messages';

/** What several nodes are together: sums, the slowest, and the traces that touch any of them. */
export function Together({
  title,
  nodes,
  graph,
  scope,
  onClose,
  onNode,
  onShow,
  onHide,
  onOpen,
}: {
  title: string;
  /** Of the whole map: not those that stand for others. */
  nodes: readonly MapNode[];
  graph: MapGraph;
  scope: Scope;
  onClose(): void;
  onNode(key: string): void;
  onShow(): void;
  onHide(): void;
  /** Of one that stands for several: unfolds it. */
  onOpen: (() => void) | undefined;
}) {
  const text = useMessages(messages);
  const onMap = useMessages(mapMessages);
  const common = useText();
  const format = useFormats();
  const words = useMessages(glossary);
  const go = useGo();
  const [range, setRange] = useState<Selection>();
  const of = useMemo(() => together(nodes), [nodes]);
  const filter = add(scope.filter, termOfAll(nodes, graph, { range, outcomes: [] }));
  const frozen = rangeParams(scope.range.kind === 'relative' ? absolute(scope.window) : scope.range);
  const slowest = slowestOf(nodes);
  const share = (m: Measured, o: 'fault' | 'error' | 'throttle') => (m.total > 0 ? m.counts[o] / m.total : 0);
  const cells: [string, string, string?][] = [
    [text.together.requests, format.count(of.total)],
    [text.perMinute, format.number(of.perMinute)],
    [text.average, format.duration(of.average)],
    ...(slowest
      ? [
          [text.together.worstP95, format.duration(slowest.p95), nameOf(slowest.node, onMap)] as [
            string,
            string,
            string,
          ],
        ]
      : []),
    ...OUTCOMES.filter(o => o !== 'ok').map(o => [words[o], format.share(share(of, o))] as [string, string]),
  ];
  return (
    <Panel name="map" title={title} width={432} onClose={onClose}>
      <div className={styles.side}>
        <dl className={styles.numbers}>
          {cells.map(([label, value, of]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>
                {value}
                {of && <small>{of}</small>}
              </dd>
            </div>
          ))}
        </dl>
        <p className={styles.note}>{text.together.hint}</p>
        <div className={styles.buttons}>
          <Button kind="primary" icon="traces" onPress={() => go('/traces', { ...frozen, q: filter })}>
            {text.side.viewTraces}
          </Button>
          <Button
            icon="analytics"
            onPress={() =>
              go('/analytics', {
                ...frozen,
                q: scope.filter,
                a: termOfAll(nodes, graph, { range, outcomes: [] }),
              })
            }
          >
            {text.side.analyse}
          </Button>
          <Button icon="search" onPress={onShow}>
            {text.open.zoomTo}
          </Button>
          {onOpen && <Button onPress={onOpen}>{text.together.unfold}</Button>}
          <Button onPress={onHide}>{text.hideFound}</Button>
          <Button icon="copy" onPress={() => void copy(filter, common.actions.copied)}>
            {text.side.copyFilter}
          </Button>
        </div>
        <div className={styles.expression}>
          <span>{text.side.expression}</span>
          <code>{filter}</code>
        </div>
        {of.total > 0 && <Distribution of={of} title={text.side.responseTimes} selection={range} onSelect={setRange} />}
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{text.name}</th>
              <th scope="col">{text.perMinute}</th>
              <th scope="col">p95</th>
              <th scope="col">{words.fault}</th>
            </tr>
          </thead>
          <tbody>
            {nodes.map(n => (
              <tr key={n.key}>
                <td>
                  <button type="button" className={styles.plain} onClick={() => onNode(n.key)}>
                    {nameOf(n, onMap)}
                  </button>
                </td>
                <td>{n.total > 0 ? format.number(n.perMinute) : '–'}</td>
                <td>{format.duration(quantile(n.histogram, 0.95))}</td>
                <td>{n.total > 0 ? format.share(share(n, 'fault')) : '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function slowestOf(nodes: readonly MapNode[]): { node: MapNode; p95: number } | undefined {
  let found: { node: MapNode; p95: number } | undefined;
  for (const node of nodes) {
    const p95 = quantile(node.histogram, 0.95);
    if (p95 !== undefined && p95 > (found?.p95 ?? -1)) found = { node, p95 };
  }
  return found;
}
