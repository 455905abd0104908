import { useQuery } from '@tanstack/react-query';
import { consoleApi } from '../../api/console';
import { queries } from '../../api/queries';
import { useGo } from '../../app/location';
import { type Scope, useScopeChange } from '../../app/scope';
import { useFormats, useText } from '../../i18n';
import { remove, topLevel } from '../../query/terms';
import { Button, Empty } from '../../ui';

const WIDER = 6 * 3600;

/** Why the map is empty, and ways out: no data at all, a filter that is too narrow, an empty window. */
export function Nothing({ scope }: { scope: Scope }) {
  const { states } = useText();
  const format = useFormats();
  const go = useGo();
  const { set, setRange } = useScopeChange();
  const { filter, group, window: w } = scope;
  const me = useQuery(queries.me());
  const terms = useQuery({
    queryKey: ['terms', w.from, w.to, filter, group ?? ''],
    queryFn: ({ signal }) => consoleApi.terms({ from: w.from / 1000, to: w.to / 1000, q: filter, g: group }, signal),
    enabled: topLevel(filter).length > 1,
    retry: false,
  });
  if (me.data?.traces === 0) {
    return (
      <Empty
        icon="start"
        title={states.noData}
        actions={
          <Button kind="primary" onPress={() => go('/start')}>
            {states.start}
          </Button>
        }
      >
        {states.noDataHint} <code>radiograph up --demo</code>
      </Empty>
    );
  }
  const culprit = terms.data?.terms.find(t => t.count === 0)?.text;
  const shown = format.range(scope.range);
  return (
    <Empty
      icon="map"
      title={states.nothing}
      actions={
        <>
          {culprit && (
            <Button kind="primary" onPress={() => set({ q: remove(filter, culprit) })}>
              {states.removeTerm}
            </Button>
          )}
          {filter !== '' && <Button onPress={() => set({ q: '' })}>{states.removeFilter}</Button>}
          {w.to - w.from < WIDER * 1000 && (
            <Button onPress={() => setRange({ kind: 'relative', seconds: WIDER })}>
              {states.widen(format.duration(WIDER))}
            </Button>
          )}
        </>
      }
    >
      {filter === '' ? states.nothingWindow(shown) : states.nothingHint(shown)}
      {culprit && (
        <p>
          {states.excludes('')} <code>{culprit}</code>
        </p>
      )}
    </Empty>
  );
}
