import type { Group, Tag } from '../../api/shapes';

/** The group of all traces, which has no filter and cannot be deleted. */
export const DEFAULT = 'Default';

/** A group as its form has it. */
export interface Draft {
  name: string;
  expression: string;
  insights: boolean;
  notifications: boolean;
  /** One key=value a line. */
  tags: string;
}

export function draftOf(group: Group | undefined, name: string, tags: readonly Tag[]): Draft {
  return {
    name,
    expression: group?.FilterExpression ?? '',
    insights: group?.InsightsConfiguration?.InsightsEnabled ?? false,
    notifications: group?.InsightsConfiguration?.NotificationsEnabled ?? false,
    tags: tags.map(t => `${t.Key}=${t.Value}`).join('\n'),
  };
}

/** A name for a copy that nobody has yet. */
export function copyName(name: string, taken: readonly string[]): string {
  for (let n = 2; ; n++) {
    const made = `${name.slice(0, 28)}-${n}`;
    if (!taken.includes(made)) return made;
  }
}

/** What is wrong with a name, if something is. */
export function nameFault(name: string, taken: readonly string[]): 'required' | 'taken' | 'long' | undefined {
  const n = name.trim();
  if (n === '') return 'required';
  if (n.length > 32) return 'long';
  return taken.includes(n) || n === DEFAULT ? 'taken' : undefined;
}

/** Reads lines of key=value; undefined when one has no key. */
export function tagsOf(text: string): Tag[] | undefined {
  const found = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const [key = '', ...rest] = line.split('=');
    if (key.trim() === '') return undefined;
    found.set(key.trim(), rest.join('=').trim());
  }
  return [...found].map(([Key, Value]) => ({ Key, Value }));
}

/** What has to be sent to get from one list of tags to another. */
export function tagChange(before: readonly Tag[], after: readonly Tag[]): { put: Tag[]; remove: string[] } {
  return {
    put: after.filter(a => !before.some(b => b.Key === a.Key && b.Value === a.Value)),
    remove: before.filter(b => !after.some(a => a.Key === b.Key)).map(b => b.Key),
  };
}

/** The groups whose filters name this one: they stop matching when it is gone. */
export function dependents(group: Group, groups: readonly Group[]): string[] {
  const names = [JSON.stringify(group.GroupName), JSON.stringify(group.GroupARN)];
  return groups
    .filter(g => g.GroupName !== group.GroupName && /\bgroup\.(name|arn)\b/i.test(g.FilterExpression ?? ''))
    .filter(g => names.some(n => g.FilterExpression?.includes(n)))
    .map(g => g.GroupName);
}
