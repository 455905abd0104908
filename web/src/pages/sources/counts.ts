import type { Sources } from '../../api/console';

/** One kind of rejected document, with the protocol by which it came. */
export type Rejection = Sources['intakes'][number]['rejected'][number] & { protocol: string };

/** What was rejected, the most frequent first. */
export function rejections(s: Sources): Rejection[] {
  return s.intakes
    .flatMap(i => i.rejected.map(r => ({ ...r, protocol: i.protocol })))
    .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}

/** The kinds of drops that happened, the most frequent first. */
export function drops(dropped: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(dropped)
    .filter(([, n]) => n > 0)
    .sort((a, b) => b[1] - a[1]);
}

/** All failures to send that a daemon tells of. */
export function errorsOf(t: Sources['telemetry'][number]): number {
  return t.timeouts + t.connectionsRefused + t.http4xx + t.http5xx + t.unknownHosts + t.other;
}

export function received(s: Sources): boolean {
  return s.intakes.some(i => i.calls > 0 || i.documents > 0 || i.rejected.length > 0);
}
