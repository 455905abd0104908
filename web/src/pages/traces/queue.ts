import type { TraceSummary } from '../../api/shapes';

/** How many rows arrived since the ones that are shown, the newest of which is the first. */
export function waiting(all: readonly Pick<TraceSummary, 'Id'>[], shown: readonly Pick<TraceSummary, 'Id'>[]): number {
  const newest = shown[0]?.Id;
  if (newest === undefined) return all.length;
  const at = all.findIndex(s => s.Id === newest);
  return at < 0 ? all.length : at;
}

/** One of so many was sent, as the server's event "sampled" tells. */
export function oneInOf(e: { matched: number; sent: number }): number {
  return e.sent > 0 ? Math.max(1, Math.round(e.matched / e.sent)) : 1;
}
