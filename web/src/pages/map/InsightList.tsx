import type { Insight } from '../../api/shapes';
import { Link } from '../../app/Link';
import { useFormats, useMessages } from '../../i18n';
import { service } from '../../query/terms';
import { absolute } from '../../time/range';
import { rangeParams } from '../../url/shared';
import styles from './map.module.css';
import { messages } from './messages';

/** The insights that a node is part of: what, since when, for whom, and the way to look into it. */
export function InsightList({ insights, now }: { insights: readonly Insight[]; now: number }) {
  const text = useMessages(messages).side;
  const format = useFormats();
  return (
    <ul className={styles.insights}>
      {insights.map(i => {
        const from = i.StartTime * 1000;
        const to = i.EndTime === null ? now : i.EndTime * 1000;
        const { FaultCount, TotalCount } = i.ClientRequestImpactStatistics;
        return (
          <li key={i.InsightId}>
            <strong>{text.insightStates[i.State]}</strong> {i.Summary}
            <p className={styles.note}>
              {text.rootCause(i.RootCauseServiceId.Name)} · {format.moment(from)} ·{' '}
              {format.duration((to - from) / 1000)} · {text.impact(format.count(FaultCount), format.count(TotalCount))}
            </p>
            <Link
              to="/analytics"
              params={{
                ...rangeParams(absolute({ from, to })),
                g: i.GroupName,
                q: service({ name: i.RootCauseServiceId.Name, type: i.RootCauseServiceId.Type }, 'fault'),
                vs: '1',
              }}
            >
              {text.analyse}
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
