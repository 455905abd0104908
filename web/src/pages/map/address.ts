import { GROUPINGS } from '../../map/fold';
import { SHOWN } from '../../map/model';
import { codec, flag, integer, list, oneOf, optional, sort, text, type Values } from '../../url/codec';

/** What the address says of the map, besides what all pages share. */
export const address = codec({
  node: optional(),
  /** More nodes that are selected. */
  also: list(),
  edge: optional(),
  focus: optional(),
  depth: integer(1, 1, 9),
  path: oneOf(['none', 'up', 'down'], 'none'),
  view: oneOf(['map', 'table'], 'map'),
  value: oneOf(SHOWN, 'average'),
  size: oneOf(['none', 'traffic', 'health'], 'none'),
  cmp: oneOf(['off', 'previous', 'day', 'week'], 'off'),
  find: text(),
  hide: list(),
  /** Nodes of one account, type … as one. */
  by: oneOf(GROUPINGS, 'none'),
  /** Leaves as one: when there are many nodes, always, never. */
  fold: oneOf(['auto', 'on', 'off'], 'auto'),
  /** What of the two is unfolded. */
  open: list(),
  /** Draw a large map as a whole. */
  all: flag(),
  sort: sort({ column: 'rate', descending: true }),
});

export type Address = Values<(typeof address)['params']>;
export type Change = (change: Partial<Address>, how?: { replace?: boolean }) => void;
