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
import { glossary, useFormats, useMessages, useText } from '../../i18n';
import { service } from '../../query/terms';
import { absolute } from '../../time/range';
import { Button, Empty, Problem, Reloading, Skeleton } from '../../ui';
import { Rows, Section, Sheet } from '../../ui/Sheet';
import { rangeParams } from '../../url/shared';
import { messages } from './messages';

/** The insights of the range, in the group or in all groups that watch for them. */
export default function Insights() {
  const text = useMessages(messages);
  const common = useText();
  const go = useGo();
  const { window: w, group } = useScope();
  const groups = useQuery(queries.groups());
  const watched = useMemo(() => {
    if (group) return [group];
    const on = (groups.data ?? []).filter(g => g.InsightsConfiguration?.InsightsEnabled).map(g => g.GroupName);
    return on.includes('Default') ? on : ['Default', ...on];
  }, [group, groups.data]);
  const found = useQuery({
    queryKey: ['insights', w.from, w.to, watched],
    queryFn: async ({ signal }) => {
      const lists = await Promise.all(watched.map(GroupName => xray.insights({ ...period(w), GroupName }, signal)));
      return lists.flat().sort((a, b) => b.StartTime - a.StartTime);
    },
    enabled: !groups.isPending,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const info = useMemo(() => ({ title: common.pages.insights }), [common]);
  usePage(info);
  if (found.isPending) return <Skeleton rows={6} height={28} />;
  const missing = found.error instanceof ApiError && found.error.missing;
  if (found.error && !missing) return <Problem error={found.error} onRetry={() => void found.refetch()} />;
  if (missing || found.data?.length === 0)
    return (
      <Sheet>
        <Empty
          icon="insights"
          title={missing ? text.missing : text.empty}
          actions={
            <>
              <Button kind="primary" onPress={() => go('/analytics', { q: 'fault', vs: '1', b: 'ok' })}>
                {text.instead}
              </Button>
              <Button onPress={() => go('/traces', { q: 'fault' })}>{text.faults}</Button>
            </>
          }
        >
          {text.emptyHint}
        </Empty>
      </Sheet>
    );
  return (
    <Sheet>
      <Reloading busy={found.isPlaceholderData}>
        <Section title={text.list}>
          <List insights={found.data ?? []} now={w.to} />
        </Section>
      </Reloading>
    </Sheet>
  );
}

function List({ insights, now }: { insights: readonly Insight[]; now: number }) {
  const text = useMessages(messages);
  const words = useMessages(glossary);
  const format = useFormats();
  return (
    <Rows
      label={text.list}
      head={[
        { label: text.state },
        { label: text.service },
        { label: text.start },
        { label: text.length, end: true },
        { label: text.impact },
        { label: words.group },
        { label: text.summary },
        { label: text.actions, hidden: true },
      ]}
      rows={insights.map(i => {
        const from = i.StartTime * 1000;
        const to = i.EndTime === null ? now : i.EndTime * 1000;
        const clients = i.ClientRequestImpactStatistics;
        return {
          key: i.InsightId,
          cells: [
            text.states[i.State],
            i.RootCauseServiceId.Name,
            format.moment(from),
            format.duration((to - from) / 1000),
            text.impactOf(format.count(clients.FaultCount), format.count(clients.TotalCount)),
            i.GroupName,
            i.Summary,
            <Link
              key="analyze"
              to="/analytics"
              params={{
                ...rangeParams(absolute({ from, to })),
                g: i.GroupName,
                q: service({ name: i.RootCauseServiceId.Name, type: i.RootCauseServiceId.Type }, 'fault'),
                vs: '1',
              }}
            >
              {text.analyze}
            </Link>,
          ],
        };
      })}
    />
  );
}
