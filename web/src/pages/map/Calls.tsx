import { glossary, useFormats, useMessages } from '../../i18n';
import { messages as mapMessages } from '../../map/messages';
import type { MapEdge, MapGraph } from '../../map/model';
import type { Selected } from './filter';
import styles from './map.module.css';
import { messages } from './messages';

/** What calls a node and what it calls, or the one edge, with ways to them. */
export function Calls({
  selected,
  graph,
  onNode,
  onEdge,
}: {
  selected: Selected;
  graph: MapGraph;
  onNode(key: string): void;
  onEdge(key: string): void;
}) {
  const text = useMessages(messages);
  const onMap = useMessages(mapMessages);
  const words = useMessages(glossary);
  const format = useFormats();
  const name = (key: string) => {
    const n = graph.node.get(key);
    return n?.client ? onMap.client : (n?.id.name ?? key);
  };
  const lists: [string, readonly MapEdge[], (e: MapEdge) => string][] =
    selected.kind === 'node'
      ? [
          [text.side.in, graph.into.get(selected.node.key) ?? [], e => e.from],
          [text.side.out, graph.out.get(selected.node.key) ?? [], e => e.to],
        ]
      : [[text.side.edge, [selected.edge], e => e.to]];
  if (lists.every(([, edges]) => edges.length === 0)) return <p className={styles.note}>{text.side.noCalls}</p>;
  return lists
    .filter(([, edges]) => edges.length > 0)
    .map(([label, edges, end]) => (
      <table key={label} className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{label}</th>
            <th scope="col">{text.perMinute}</th>
            <th scope="col">{text.average}</th>
            <th scope="col">{words.fault}</th>
          </tr>
        </thead>
        <tbody>
          {edges.map(e => (
            <tr key={e.key}>
              <td>
                <button type="button" className={styles.plain} onClick={() => onNode(end(e))}>
                  {name(end(e))}
                </button>
                {e.aliases.length > 0 && <small>{onMap.calledAs(e.aliases.join(', '))}</small>}
              </td>
              <td>
                {e.link ? (
                  '–'
                ) : (
                  <button type="button" className={styles.plain} onClick={() => onEdge(e.key)}>
                    {format.number(e.perMinute)}
                  </button>
                )}
              </td>
              <td>{e.link ? format.duration(e.age) : format.duration(e.average)}</td>
              <td>{e.total > 0 ? format.share(e.counts.fault / e.total) : '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    ));
}
