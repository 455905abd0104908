import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ApiError } from '../../api/errors';
import { period, queries } from '../../api/queries';
import type { Insight } from '../../api/shapes';
import { xray } from '../../api/xray';
import { Link } from '../../app/Link';
import { useGo } from '../../app/location';
import { usePage } from '../../app/page';
import { useScope } from '../../app/scope';
import { endpoint, shell } from '../../app/share';
import { glossary, useFormats, useMessages, useText } from '../../i18n';
import { Button, Empty, Problem, Reloading, Skeleton } from '../../ui';
import { Rows, Section, Sheet } from '../../ui/Sheet';
import { enabled, lengthOf, watched } from './insights';
import styles from './insights.module.css';
import { AnalyzeLink } from './links';
import { messages } from './messages';
import { Trend } from './Trend';

/** The insights of the range, in the group or in all groups that have insights enabled. */
export function List() {
  const text = useMessages(messages);
  const common = useText();
  const { window: w, group } = useScope();
  const groups = useQuery(queries.groups());
  const names = useMemo(() => watched(group, groups.data ?? []), [group, groups.data]);
  const found = useQuery({
    queryKey: ['insights', w.from, w.to, names],
    queryFn: async ({ signal }) => {
      const lists = await Promise.all(names.map(GroupName => xray.insights({ ...period(w), GroupName }, signal)));
      return lists.flat().sort((a, b) => b.StartTime - a.StartTime);
    },
    enabled: groups.data !== undefined,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const info = useMemo(
    () => ({
      title: common.pages.insights,
      cli: () =>
        `aws xray get-insight-summaries --group-name ${shell(group ?? 'Default')} --start-time ${w.from / 1000} --end-time ${w.to / 1000} --endpoint-url ${shell(endpoint())}`,
    }),
    [common, group, w],
  );
  usePage(info);
  if (groups.error) return <Problem error={groups.error} onRetry={() => void groups.refetch()} />;
  if (found.isPending) return <Skeleton rows={6} height={28} />;
  const missing = found.error instanceof ApiError && found.error.missing;
  if (found.error && !missing) return <Problem error={found.error} onRetry={() => void found.refetch()} />;
  if (missing || found.data?.length === 0) {
    const on = (groups.data ?? []).some(g => enabled(g) && (!group || g.GroupName === group));
    return (
      <Sheet>
        <Nothing why={missing ? 'missing' : on ? 'empty' : 'off'} group={group} />
      </Sheet>
    );
  }
  return (
    <Sheet>
      <Reloading busy={found.isPlaceholderData}>
        <Section title={text.list}>
          <Insights insights={found.data ?? []} now={w.to} />
        </Section>
      </Reloading>
    </Sheet>
  );
}

/** Says why there is nothing, and what can be done. */
function Nothing({ why, group }: { why: 'missing' | 'empty' | 'off'; group: string | undefined }) {
  const text = useMessages(messages);
  const go = useGo();
  const title = { missing: text.missing, empty: text.empty, off: group ? text.offGroup(group) : text.off }[why];
  return (
    <Empty
      icon="insights"
      title={title}
      actions={
        <>
          {why === 'off' && (
            <Button kind="primary" onPress={() => go(`/groups/${encodeURIComponent(group ?? 'Default')}`)}>
              {text.enable}
            </Button>
          )}
          <Button onPress={() => go('/analytics', { q: 'fault', vs: '1', b: 'ok' })}>{text.instead}</Button>
          <Button onPress={() => go('/traces', { q: 'fault' })}>{text.faults}</Button>
        </>
      }
    >
      {why === 'off' ? text.offHint : why === 'empty' ? text.emptyHint : undefined}
    </Empty>
  );
}

function Insights({ insights, now }: { insights: readonly Insight[]; now: number }) {
  const text = useMessages(messages);
  const words = useMessages(glossary);
  const format = useFormats();
  return (
    <Rows
      label={text.list}
      head={[
        { label: text.service, line: true },
        { label: text.state, line: true },
        { label: text.start, line: true },
        { label: text.length, end: true },
        { label: text.trend },
        { label: text.impact },
        { label: words.group },
        { label: text.summary },
        { label: text.actions, hidden: true },
      ]}
      rows={insights.map(i => {
        const w = lengthOf(i, now);
        const clients = i.ClientRequestImpactStatistics;
        return {
          key: i.InsightId,
          cells: [
            <Link
              key="open"
              to={`/insights/${i.InsightId}`}
              title={text.open(i.RootCauseServiceId.Name, format.moment(w.from))}
            >
              {i.RootCauseServiceId.Name}
            </Link>,
            text.states[i.State],
            format.moment(w.from, 'minute'),
            format.duration((w.to - w.from) / 1000),
            <Trend key="trend" insight={i} now={now} />,
            text.impactOf(format.count(clients.FaultCount), format.count(clients.TotalCount)),
            i.GroupName,
            <span key="summary" className={styles.summary}>
              {i.Summary}
            </span>,
            <AnalyzeLink key="analyze" insight={i} window={w} />,
          ],
        };
      })}
    />
  );
}
