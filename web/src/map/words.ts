import type { Formats } from '../i18n';
import type { Shape } from '../i18n/catalogue';
import type { messages } from './messages';
import type { MapEdge, MapNode } from './model';

type Text = Shape<(typeof messages)['en']>;

export function typeOf(n: MapNode, text: Text): string {
  return n.client ? text.client : (n.id.type ?? text.noType);
}

/** A node in one sentence, for those who hear it. */
export function describe(n: MapNode, calls: number, text: Text, format: Formats): string {
  const share = n.total > 0 ? n.counts.fault / n.total : 0;
  return text.nodeSummary(
    n.id.name,
    typeOf(n, text),
    text.faults(format.share(share)),
    format.duration(n.average),
    text.calls(calls),
  );
}

/** The sentence, and what else there is to know, in lines. */
export function nodeHint(n: MapNode, calls: number, text: Text, format: Formats): string {
  const lines = [describe(n, calls, text, format)];
  if (n.id.account) lines.push(n.id.account);
  if (n.total > 0) lines.push(`${format.duration(n.average)} · ${format.number(n.perMinute)}/min`, text.asService);
  if (n.inferred) lines.push(text.inferred);
  return lines.join('\n');
}

export function edgeHint(e: MapEdge, from: MapNode, to: MapNode, text: Text, format: Formats): string {
  const lines = [`${from.client ? text.client : from.id.name} → ${to.id.name}`];
  if (e.link) {
    if (e.age !== undefined) lines.push(text.age(format.duration(e.age)));
  } else if (e.total > 0) {
    const bad = (e.total - e.counts.ok) / e.total;
    lines.push(`${format.duration(e.average)} · ${format.number(e.perMinute)}/min · ${format.share(bad)}`);
    lines.push(text.asCaller);
  }
  if (e.aliases.length > 0) lines.push(text.calledAs(e.aliases.join(', ')));
  return lines.join('\n');
}
