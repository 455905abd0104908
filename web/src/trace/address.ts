import { codec, flag, list, oneOf, optional, type Param, text } from '../url/codec';

/** A part of a trace in nanoseconds from its start. */
export interface Zoom {
  from: number;
  to: number;
}

const zoom: Param<Zoom | undefined> = {
  initial: undefined,
  parse: t => {
    const m = /^(\d+)~(\d+)$/.exec(t);
    return m && Number(m[1]) < Number(m[2]) ? { from: Number(m[1]), to: Number(m[2]) } : undefined;
  },
  format: z => (z ? `${Math.round(z.from)}~${Math.round(z.to)}` : ''),
};

export const TABS = ['overview', 'resources', 'annotations', 'metadata', 'exceptions', 'sql', 'otlp'] as const;
export type TabId = (typeof TABS)[number];

/** What the address of a trace says beside its id. Zoom is in nanoseconds: it means the same to everybody. */
export const address = codec({
  seg: optional(),
  tab: oneOf(TABS, 'overview'),
  prune: list(),
  z: zoom,
  find: text(),
  color: oneOf(['outcome', 'service'], 'outcome'),
  crit: flag(),
  rows: oneOf(['calls', 'segments'], 'calls'),
  by: oneOf(['service', 'name', 'operation', 'type'], 'service'),
});

export const VIEWS = ['timeline', 'map', 'flame', 'stats', 'raw'] as const;
export type View = (typeof VIEWS)[number];
