import type { Formats, textOf } from '../i18n';
import { absolute } from '../time/range';
import { copy } from '../ui/copy';
import { rangeParams, shared } from '../url/shared';
import { BASE, here } from './location';
import { usePreferences } from './preferences';
import type { Scope } from './scope';
import { useSession } from './session';

type Text = ReturnType<typeof textOf>;

/** The address of the present view for others: the time is fixed unless the reader wants it to move along. */
export function sharedAddress(scope: Scope, freeze = usePreferences.getState().freeze): string {
  const { path, search } = here();
  const range = freeze ? absolute(scope.window) : scope.range;
  const query = shared.format(rangeParams(range), search);
  return `${window.location.origin}${BASE}${path}${query ? `?${query}` : ''}`;
}

export function copyLink(scope: Scope, text: Text): void {
  void copy(sharedAddress(scope), text.bar.linkCopied);
}

export function copyMarkdown(scope: Scope, text: Text, format: Formats): void {
  const { page } = useSession.getState();
  const lines = [`**${page.title}**`, format.range(absolute(scope.window)), ...(page.markdown?.() ?? [])];
  void copy(`${lines.join('  \n')}  \n${sharedAddress(scope)}\n`, text.actions.copied);
}

export function copyCli(text: Text): void {
  const command = useSession.getState().page.cli?.();
  if (command) void copy(command, text.actions.copied);
}

/** Quotes a word for a POSIX shell. */
export function shell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The address of the API for commands. */
export function endpoint(): string {
  return `${window.location.origin}${BASE}`;
}
