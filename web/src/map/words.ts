import type { Formats } from '../i18n';
import type { Shape } from '../i18n/catalogue';
import type { messages } from './messages';
import type { MapEdge, MapNode } from './model';

/** So many members of a bundle are named. */
const NAMES = 8;

export type Text = Shape<(typeof messages)['en']>;

/** What a node is called: of one that stands for several, how many and of what. */
export function nameOf(n: MapNode, text: Text): string {
  if (n.client) return text.client;
  if (!n.bundle) return n.id.name;
  const { kind, label, members } = n.bundle;
  return kind === 'group' ? label : text.folded[kind](members.length);
}

export function typeOf(n: MapNode, text: Text): string {
  if (n.bundle?.kind === 'group') return text.members(n.bundle.members.length);
  if (n.client) return text.client;
  return n.id.type ?? (n.bundle ? '' : text.noType);
}

/** A node in one sentence, for those who hear it. */
export function describe(n: MapNode, calls: number, text: Text, format: Formats): string {
  const share = n.total > 0 ? n.counts.fault / n.total : 0;
  return text.nodeSummary(
    n.client ? n.id.name : nameOf(n, text),
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
  if (n.bundle) {
    const names = n.bundle.members.map(m => m.id.name).sort();
    lines.push(names.slice(0, NAMES).join(', ') + (names.length > NAMES ? ' …' : ''), text.openHint[n.bundle.kind]);
  } else if (n.inferred) lines.push(text.inferred);
  return lines.join('\n');
}

export function edgeHint(e: MapEdge, from: MapNode, to: MapNode, text: Text, format: Formats): string {
  const lines = [`${nameOf(from, text)} → ${nameOf(to, text)}`];
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
