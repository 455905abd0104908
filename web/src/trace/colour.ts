import { outcomeAt, type Trace } from './model';

const COLOURS = 10;

export type ColourBy = 'outcome' | 'service';

/** A number from 0 to 9 for each service: by its name, or the next one that is free. */
export function serviceColours(names: readonly string[]): ReadonlyMap<string, number> {
  const taken = new Set<number>();
  const colours = new Map<string, number>();
  for (const name of [...names].sort()) {
    let hash = 2166136261;
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619);
    let colour = (hash >>> 0) % COLOURS;
    for (let tries = 0; taken.has(colour) && tries < COLOURS; tries++) colour = (colour + 1) % COLOURS;
    taken.add(colour);
    if (taken.size === COLOURS) taken.clear();
    colours.set(name, colour);
  }
  return colours;
}

/** The custom property with a row's colour. */
export function colourOf(t: Trace, row: number, by: ColourBy, services: ReadonlyMap<string, number>): `--${string}` {
  if (by === 'service') return `--service-${services.get(t.service(row)) ?? 0}`;
  return `--${outcomeAt(t, row)}-fill`;
}
