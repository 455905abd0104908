import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { ApiError } from '../api/errors';
import { useMessages } from '../i18n';
import { CopyButton, Empty, OutcomeMark, Panel, Problem, Skeleton, Tabs } from '../ui';
import { TABS, type TabId } from './address';
import { causeOf, flat, members } from './document';
import { entityQuery } from './entity';
import { JsonTree } from './JsonTree';
import { messages } from './messages';
import { outcomeAt, type Trace } from './model';
import { Annotations, Exceptions, type Facts, OpenTelemetry, OverviewFacts, Resources, Sql } from './PanelTabs';
import styles from './panel.module.css';

/** Everything about one row, beside the timeline. */
export function SegmentPanel({
  trace,
  row,
  tab,
  onTab,
  onSelect,
  onClose,
}: {
  trace: Trace;
  row: number;
  tab: TabId;
  onTab(tab: TabId): void;
  onSelect(row: number): void;
  onClose(): void;
}) {
  const text = useMessages(messages);
  const id = trace.ids[row] ?? '';
  const entity = useQuery(entityQuery(trace.source, id));
  const name = trace.name(row);
  const facts = useMemo<Facts | undefined>(
    () => (entity.data ? { trace, row, entity: entity.data, document: entity.data.document, onSelect } : undefined),
    [entity.data, trace, row, onSelect],
  );
  return (
    <Panel
      name="segment"
      title={text.panel}
      width={440}
      onClose={onClose}
      header={
        <div className={styles.head}>
          <OutcomeMark outcome={outcomeAt(trace, row)} />
          <h2 className={styles.title} title={name}>
            {name}
          </h2>
          <CopyButton value={id} label={`${text.id}: ${id}`} />
        </div>
      }
    >
      {entity.isPending && <Skeleton rows={12} height={16} />}
      {entity.isError &&
        (entity.error instanceof ApiError && entity.error.status === 404 ? (
          <Empty title={text.entityGone} />
        ) : (
          <Problem error={entity.error} onRetry={() => void entity.refetch()} />
        ))}
      {facts && <Contents facts={facts} tab={tab} onTab={onTab} />}
    </Panel>
  );
}

function Contents({ facts, tab, onTab }: { facts: Facts; tab: TabId; onTab(tab: TabId): void }) {
  const text = useMessages(messages);
  const { document: d } = facts;
  const { otlp, ...rest } = members(d.metadata) ?? {};
  const annotations = Object.keys(members(d.annotations) ?? {}).length;
  const metadata = Object.values(rest).reduce<number>((n, v) => n + Object.keys(members(v) ?? { v }).length, 0);
  const cause = causeOf(d);
  const counts: Record<TabId, number | undefined> = {
    overview: undefined,
    resources: flat(members(d.aws)).length + (d.origin || d.resource_arn ? 1 : 0),
    annotations,
    metadata,
    exceptions: cause ? Math.max(1, cause.exceptions.length) : 0,
    sql: members(d.sql) ? 1 : 0,
    otlp: members(otlp) ? 1 : 0,
  };
  const contents: Record<TabId, () => React.ReactNode> = {
    overview: () => <OverviewFacts {...facts} />,
    resources: () => <Resources {...facts} />,
    annotations: () => <Annotations {...facts} />,
    metadata: () => <JsonTree value={rest} searchable />,
    exceptions: () => <Exceptions {...facts} />,
    sql: () => <Sql {...facts} />,
    otlp: () => <OpenTelemetry {...facts} />,
  };
  const chosen = counts[tab] === 0 ? 'overview' : tab;
  useEffect(() => {
    // The tabs are there after a second pass of rendering.
    const frame = requestAnimationFrame(() =>
      document
        .querySelector('aside [role="tab"][aria-selected="true"]')
        ?.scrollIntoView({ block: 'nearest', inline: 'center' }),
    );
    return () => cancelAnimationFrame(frame);
  }, []);
  return (
    <Tabs
      label={text.panel}
      value={chosen}
      onChange={onTab}
      tabs={TABS.map(id => {
        const count = counts[id];
        return {
          id,
          label: text.tabs[id],
          disabled: count === 0,
          ...(count && id !== 'sql' && id !== 'otlp' ? { count } : {}),
          content: id === chosen ? contents[id]() : null,
        };
      })}
    />
  );
}
