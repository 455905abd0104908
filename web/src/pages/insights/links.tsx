import type { Insight } from '../../api/shapes';
import { Link } from '../../app/Link';
import { useMessages } from '../../i18n';
import { service } from '../../query/terms';
import { absolute, type Window } from '../../time/range';
import { rangeParams } from '../../url/shared';
import { messages } from './messages';

/** The parameters of what an insight is about: its time, its group and the faults of its root cause. */
function params(i: Insight, w: Window) {
  return {
    ...rangeParams(absolute(w)),
    g: i.GroupName === 'Default' ? undefined : i.GroupName,
    q: service({ name: i.RootCauseServiceId.Name, type: i.RootCauseServiceId.Type }, 'fault'),
  };
}

/** Leads to what the faulty traces have in common. */
export function AnalyzeLink({ insight, window: w }: { insight: Insight; window: Window }) {
  const text = useMessages(messages);
  return (
    <Link to="/analytics" params={{ ...params(insight, w), vs: '1' }}>
      {text.analyze}
    </Link>
  );
}

/** Leads to the faulty traces. */
export function TracesLink({ insight, window: w }: { insight: Insight; window: Window }) {
  const text = useMessages(messages);
  return (
    <Link to="/traces" params={params(insight, w)}>
      {text.traces}
    </Link>
  );
}

/** Leads to the map of the insight's time. */
export function MapLink({ insight, window: w }: { insight: Insight; window: Window }) {
  const text = useMessages(messages);
  return (
    <Link to="/map" params={{ ...params(insight, w), q: '' }}>
      {text.map}
    </Link>
  );
}
