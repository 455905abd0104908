import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ApiError } from '../../api/errors';
import type { Insight, InsightEvent } from '../../api/shapes';
import { xray } from '../../api/xray';
import { Link } from '../../app/Link';
import { useGo } from '../../app/location';
import { usePage } from '../../app/page';
import { useSession } from '../../app/session';
import { endpoint, shell } from '../../app/share';
import { glossary, useFormats, useMessages, useText } from '../../i18n';
import { service } from '../../query/terms';
import type { Window } from '../../time/range';
import { Button, Empty, Problem, Skeleton } from '../../ui';
import { Facts, Rows, Section, Sheet } from '../../ui/Sheet';
import { Band } from './Band';
import { Impact } from './Impact';
import { around, graphWindow, lengthOf } from './insights';
import styles from './insights.module.css';
import { AnalyzeLink, MapLink, TracesLink } from './links';
import { messages } from './messages';

/** One insight: what is wrong, since when, where, and what happened. */
export function Detail({ id, event }: { id: string; event: number | undefined }) {
  const text = useMessages(messages);
  const common = useText();
  const go = useGo();
  const now = useSession(s => s.now);
  const found = useQuery({
    queryKey: ['insight', id, now],
    queryFn: async ({ signal }) => {
      const [insight, events] = await Promise.all([xray.insight(id, signal), xray.insightEvents(id, signal)]);
      return { insight, events };
    },
    placeholderData: previous => (previous?.insight.InsightId === id ? previous : undefined),
    retry: false,
  });
  const name = found.data?.insight.RootCauseServiceId.Name;
  const info = useMemo(
    () => ({
      title: name ? `${name} – ${common.pages.insights}` : common.pages.insights,
      cli: () => `aws xray get-insight --insight-id ${shell(id)} --endpoint-url ${shell(endpoint())}`,
    }),
    [common, id, name],
  );
  usePage(info);
  if (found.isPending) return <Skeleton rows={8} height={28} />;
  if (found.error) {
    const unknown = found.error instanceof ApiError && found.error.status === 400;
    if (!unknown) return <Problem error={found.error} onRetry={() => void found.refetch()} />;
    return (
      <Sheet>
        <Empty
          icon="insights"
          title={text.unknown}
          actions={<Button onPress={() => go('/insights')}>{text.back}</Button>}
        >
          {text.unknownHint}
        </Empty>
      </Sheet>
    );
  }
  const { insight, events } = found.data;
  const w = lengthOf(insight, now);
  return (
    <Sheet>
      <What insight={insight} window={w} />
      <When insight={insight} window={w} now={now} />
      <Where insight={insight} window={w} event={event} />
      <Events insight={insight} events={events} current={event} />
    </Sheet>
  );
}

function What({ insight: i, window: w }: { insight: Insight; window: Window }) {
  const text = useMessages(messages);
  const words = useMessages(glossary);
  const format = useFormats();
  const [clients, cause] = [i.ClientRequestImpactStatistics, i.RootCauseServiceRequestImpactStatistics];
  const type = i.RootCauseServiceId.Type;
  return (
    <Section
      title={text.what}
      actions={
        <span className={styles.links}>
          <Link to="/insights">{text.back}</Link>
          <TracesLink insight={i} window={w} />
          <AnalyzeLink insight={i} window={w} />
          <MapLink insight={i} window={w} />
        </span>
      }
    >
      <p className={styles.sentence}>{i.Summary}</p>
      <div className={styles.facts}>
        <Facts
          items={[
            [text.service, `${i.RootCauseServiceId.Name}${type ? ` (${type})` : ''}`],
            [text.causeRequests, text.impactOf(format.count(cause.FaultCount), format.count(cause.TotalCount))],
            [text.impact, text.impactOf(format.count(clients.FaultCount), format.count(clients.TotalCount))],
            [text.anomalous, i.TopAnomalousServices.map(s => s.ServiceId.Name).join(', ')],
          ]}
        />
        <Facts
          items={[
            [text.state, text.states[i.State]],
            [text.start, format.moment(w.from, 'minute')],
            [text.ended, i.EndTime === null ? text.ongoing : format.moment(w.to, 'minute')],
            [text.length, format.duration((w.to - w.from) / 1000)],
            [words.group, i.GroupName],
          ]}
        />
      </div>
    </Section>
  );
}

function When({ insight: i, window: w, now }: { insight: Insight; window: Window; now: number }) {
  const text = useMessages(messages);
  const shown = around(w, now);
  const { Name: name, Type: type } = i.RootCauseServiceId;
  return (
    <Section title={text.when}>
      <div className={styles.charts}>
        <Band title={text.clients} group={i.GroupName} window={shown} insight={w} />
        <Band
          title={text.cause(name)}
          group={i.GroupName}
          selector={service({ name, type })}
          window={shown}
          insight={w}
        />
      </div>
    </Section>
  );
}

function Where({ insight, window: w, event }: { insight: Insight; window: Window; event: number | undefined }) {
  const text = useMessages(messages);
  const format = useFormats();
  const of = graphWindow(w, event);
  const hint = event === undefined ? text.graphAll : text.graphAt(format.moment(event, 'minute'));
  return (
    <Section
      title={text.where}
      hint={hint}
      actions={event !== undefined && <Link to={`/insights/${insight.InsightId}`}>{text.graphAll}</Link>}
    >
      <Impact insight={insight} window={of} />
    </Section>
  );
}

function Events({
  insight,
  events,
  current,
}: {
  insight: Insight;
  events: readonly InsightEvent[];
  current: number | undefined;
}) {
  const text = useMessages(messages);
  const format = useFormats();
  return (
    <Section title={text.events}>
      <Rows
        label={text.events}
        head={[
          { label: text.time, line: true },
          { label: text.event },
          { label: text.impact },
          { label: text.anomalous },
        ]}
        rows={events.map(e => {
          const at = e.EventTime * 1000;
          const clients = e.ClientRequestImpactStatistics;
          return {
            key: String(e.EventTime),
            current: at === current,
            cells: [
              <Link
                key="open"
                to={`/insights/${insight.InsightId}/events/${e.EventTime}`}
                title={text.showEvent(format.moment(at, 'minute'))}
              >
                {format.moment(at, 'minute')}
              </Link>,
              e.Summary,
              text.impactOf(format.count(clients.FaultCount), format.count(clients.TotalCount)),
              e.TopAnomalousServices.map(s => s.ServiceId.Name).join(', '),
            ],
          };
        })}
      />
    </Section>
  );
}
