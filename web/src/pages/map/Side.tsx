import { useState } from 'react';
import type { Insight } from '../../api/shapes';
import { useGo } from '../../app/location';
import type { Scope } from '../../app/scope';
import type { Selection } from '../../chart/selection';
import { glossary, useFormats, useMessages, useText } from '../../i18n';
import { messages as mapMessages } from '../../map/messages';
import type { MapGraph, Measured } from '../../map/model';
import { typeOf } from '../../map/words';
import { service } from '../../query/terms';
import { absolute } from '../../time/range';
import { Button, Checkbox, copy, OUTCOMES, type Outcome, OutcomeMark, Panel, Tabs } from '../../ui';
import { rangeParams } from '../../url/shared';
import { Calls } from './Calls';
import { Distribution } from './Distribution';
import { expression, type Selected, term } from './filter';
import { InsightList } from './InsightList';
import styles from './map.module.css';
import { messages } from './messages';
import { Numbers } from './Numbers';
import { Operations } from './Operations';
import { OverTime } from './OverTime';

type Tab = 'distribution' | 'time' | 'calls' | 'operations' | 'insights';

const NONE: readonly Insight[] = [];

/** Details of the selected node or edge, and the ways from there. */
export function Side({
  selected,
  graph,
  scope,
  insights = NONE,
  pinned,
  onClose,
  onNode,
  onEdge,
  onFocus,
  onUnpin,
}: {
  selected: Selected;
  graph: MapGraph;
  scope: Scope;
  /** Those that the node is part of. */
  insights?: readonly Insight[] | undefined;
  /** Whether the reader put the node where it is. */
  pinned: boolean;
  onClose(): void;
  onNode(key: string): void;
  onEdge(key: string): void;
  onFocus(key: string): void;
  onUnpin(key: string): void;
}) {
  const text = useMessages(messages).side;
  const onMap = useMessages(mapMessages);
  const common = useText();
  const format = useFormats();
  const words = useMessages(glossary);
  const go = useGo();
  const [tab, setTab] = useState<Tab>('distribution');
  const [range, setRange] = useState<Selection>();
  const [outcomes, setOutcomes] = useState<readonly Outcome[]>([]);
  const of: Measured = selected.kind === 'node' ? selected.node : selected.edge;
  const narrowing = { range, outcomes };
  const filter = expression(scope.filter, selected, narrowing);
  const frozen = rangeParams(scope.range.kind === 'relative' ? absolute(scope.window) : scope.range);
  const title =
    selected.kind === 'node'
      ? selected.node.id.name
      : `${selected.from.client ? onMap.client : selected.from.id.name} → ${selected.to.id.name}`;
  const subtitle = selected.kind === 'node' ? typeOf(selected.node, onMap) : onMap.asCaller;
  const client = selected.kind === 'node' && selected.node.client;
  const link = selected.kind === 'edge' && selected.edge.link;

  const toggle = (o: Outcome, on: boolean) => setOutcomes(OUTCOMES.filter(x => (x === o ? on : outcomes.includes(x))));
  const distribution =
    of.total === 0 ? (
      <p className={styles.note}>{client ? text.nothing : link ? text.linkOnly : text.none}</p>
    ) : (
      <>
        <Distribution of={of} title={text.responseTimes} selection={range} onSelect={setRange} />
        <fieldset className={styles.outcomes}>
          <legend>{text.outcomes}</legend>
          {OUTCOMES.filter(o => of.counts[o] > 0).map(o => (
            <Checkbox key={o} value={outcomes.includes(o)} onChange={on => toggle(o, on)}>
              <OutcomeMark outcome={o} named /> {format.count(of.counts[o])}
            </Checkbox>
          ))}
        </fieldset>
      </>
    );

  return (
    <Panel
      name="map"
      title={title}
      width={432}
      onClose={onClose}
      header={
        <div className={styles.identity}>
          <h2 title={title}>{title}</h2>
          <span>{subtitle}</span>
        </div>
      }
    >
      <div className={styles.side}>
        {of.total > 0 && <Numbers selected={selected} of={of} scope={scope} />}
        <div className={styles.buttons}>
          <Button kind="primary" icon="traces" onPress={() => go('/traces', { ...frozen, q: filter })}>
            {text.viewTraces}
          </Button>
          <Button
            icon="analytics"
            onPress={() => go('/analytics', { ...frozen, q: scope.filter, a: term(selected, narrowing) })}
          >
            {text.analyse}
          </Button>
          {selected.kind === 'node' && (
            <Button icon="map" onPress={() => onFocus(selected.node.key)}>
              {text.focus}
            </Button>
          )}
          {selected.kind === 'node' && pinned && (
            <Button onPress={() => onUnpin(selected.node.key)}>{text.unpin}</Button>
          )}
          <Button icon="copy" onPress={() => void copy(filter, common.actions.copied)}>
            {text.copyFilter}
          </Button>
        </div>
        <div className={styles.expression}>
          <span>{text.expression}</span>
          <code>{filter}</code>
        </div>
        <Tabs<Tab>
          label={text.sections}
          value={tab}
          onChange={setTab}
          tabs={[
            { id: 'distribution', label: text.tabs.distribution, content: distribution },
            {
              id: 'time',
              label: text.tabs.time,
              disabled: client || link,
              content: <OverTime selected={selected} scope={scope} />,
            },
            {
              id: 'calls',
              label: text.tabs.calls,
              content: <Calls selected={selected} graph={graph} onNode={onNode} onEdge={onEdge} />,
            },
            {
              id: 'operations',
              label: text.tabs.operations,
              disabled: selected.kind === 'edge' || client,
              content: selected.kind === 'node' ? <Operations selected={selected} scope={scope} /> : null,
            },
            {
              id: 'insights',
              label:
                insights.length > 0 ? `${text.tabs.insights} ${format.count(insights.length)}` : text.tabs.insights,
              disabled: insights.length === 0,
              content: <InsightList insights={insights} now={scope.window.to} />,
            },
          ]}
        />
        {selected.kind === 'node' && !client && (
          <p className={styles.note}>
            {onMap.asService} ·{' '}
            <button
              type="button"
              className={styles.plain}
              onClick={() =>
                void copy(service({ name: selected.node.id.name, type: selected.node.id.type }), common.actions.copied)
              }
            >
              {text.copySelector}
            </button>
          </p>
        )}
        <span className="hidden-text">{words.node}</span>
      </div>
    </Panel>
  );
}
