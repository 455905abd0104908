import { useQuery } from '@tanstack/react-query';
import { consoleApi } from '../../api/console';
import { queries } from '../../api/queries';
import { useGo } from '../../app/location';
import { type Scope, useScopeChange } from '../../app/scope';
import { useFormats, useText } from '../../i18n';
import { remove, topLevel } from '../../query/terms';
import { Button, Empty } from '../../ui';

const WIDER = 6 * 3600;

/** Why the list is empty, and ways out: no data at all, a filter that is too narrow, an empty window. */
export function Nothing({ scope }: { scope: Scope }) {
  const text = useText();
  const format = useFormats();
  const go = useGo();
  const { set, setRange } = useScopeChange();
  const { filter, group, window: w } = scope;
  const me = useQuery(queries.me());
  const several = topLevel(filter).length > 1;
  const terms = useQuery({
    queryKey: ['terms', w.from, w.to, filter, group ?? ''],
    queryFn: ({ signal }) => consoleApi.terms({ from: w.from / 1000, to: w.to / 1000, q: filter, g: group }, signal),
    enabled: several,
    retry: false,
  });
  const culprit = terms.data?.terms.find(t => t.count === 0)?.text;
  const shown = format.range(scope.range);
  const wide = w.to - w.from >= WIDER * 1000;
  if (me.data?.traces === 0) {
    return (
      <Empty
        icon="start"
        title={text.states.noData}
        actions={
          <Button kind="primary" onPress={() => go('/start')}>
            {text.states.start}
          </Button>
        }
      >
        {text.states.noDataHint} <code>radiograph up --demo</code>
      </Empty>
    );
  }
  return (
    <Empty
      icon="search"
      title={text.states.nothing}
      actions={
        <>
          {culprit && (
            <Button kind="primary" onPress={() => set({ q: remove(filter, culprit) })}>
              {text.states.removeTerm}
            </Button>
          )}
          {filter !== '' && <Button onPress={() => set({ q: '' })}>{text.states.removeFilter}</Button>}
          {!wide && (
            <Button onPress={() => setRange({ kind: 'relative', seconds: WIDER })}>
              {text.states.widen(format.duration(WIDER))}
            </Button>
          )}
        </>
      }
    >
      {filter === '' ? text.states.nothingWindow(shown) : text.states.nothingHint(shown)}
      {culprit && (
        <p>
          {text.states.excludes('')} <code>{culprit}</code>
        </p>
      )}
      {me.data?.oldest && me.data.oldest * 1000 > w.to && (
        <p>{text.states.retention(format.duration(me.data.retentionSeconds), format.moment(me.data.oldest * 1000))}</p>
      )}
    </Empty>
  );
}
