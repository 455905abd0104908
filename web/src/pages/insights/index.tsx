import type { PageProps } from '../../routes';
import { parseMoment } from '../../url/shared';
import { Detail } from './Detail';
import { List } from './List';

/** Insights: the list, or one of them, as it is or at one of its events. */
export default function Insights({ params }: PageProps) {
  return params.id ? <Detail id={params.id} event={parseMoment(params.t)} /> : <List />;
}
