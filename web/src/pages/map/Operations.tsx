import { useQuery } from '@tanstack/react-query';
import { graphQueries } from '../../api/graph';
import { useGo } from '../../app/location';
import type { Scope } from '../../app/scope';
import { glossary, useFormats, useMessages } from '../../i18n';
import { absolute } from '../../time/range';
import { Problem, Skeleton } from '../../ui';
import { rangeParams } from '../../url/shared';
import type { Selected } from './filter';
import styles from './map.module.css';
import { messages } from './messages';

/** What a node was asked for. */
export function Operations({ selected, scope }: { selected: Extract<Selected, { kind: 'node' }>; scope: Scope }) {
  const text = useMessages(messages);
  const words = useMessages(glossary);
  const format = useFormats();
  const go = useGo();
  const found = useQuery(graphQueries.operations(scope.window, scope.filter, scope.group, selected.node.id));
  if (found.isPending) return <Skeleton rows={5} height={24} />;
  if (found.error) return <Problem error={found.error} onRetry={() => void found.refetch()} />;
  const { operations, other } = found.data;
  if (operations.length === 0) return <p className={styles.note}>{text.side.noOperations}</p>;
  return (
    <>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{text.side.operation}</th>
            <th scope="col">{text.side.count}</th>
            <th scope="col">p95</th>
            <th scope="col">{words.fault}</th>
          </tr>
        </thead>
        <tbody>
          {operations.map(o => {
            const label = o.url === null && o.method === null ? text.side.noHttp : `${o.method ?? ''} ${o.url ?? ''}`;
            return (
              <tr key={`${o.method} ${o.url}`}>
                <td>
                  {o.filter ? (
                    <button
                      type="button"
                      className={styles.plain}
                      onClick={() =>
                        go('/traces', {
                          ...rangeParams(absolute(scope.window)),
                          q: scope.filter === '' ? (o.filter ?? '') : `(${scope.filter}) AND ${o.filter}`,
                        })
                      }
                    >
                      {label}
                    </button>
                  ) : (
                    label
                  )}
                </td>
                <td>{format.count(o.count)}</td>
                <td>{format.duration(o.times.p95)}</td>
                <td>{o.count > 0 ? format.share(o.outcomes.fault / o.count) : '–'}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {other > 0 && <p className={styles.note}>{text.side.otherOperations(format.count(other))}</p>}
    </>
  );
}
