import { useEffect, useId } from 'react';
import { create } from 'zustand';
import type { IconName } from '../ui';

export interface Command {
  id: string;
  label: string;
  icon?: IconName;
  keys?: string;
  run(): void;
}

export const useCommandRegistry = create<{ lists: ReadonlyMap<string, readonly Command[]>; open: boolean }>(() => ({
  lists: new Map(),
  open: false,
}));

/** Offers commands in the list behind Ctrl/⌘ K while the component is there. Memoize the list. */
export function useCommands(commands: readonly Command[]): void {
  const id = useId();
  useEffect(() => {
    useCommandRegistry.setState(s => ({ lists: new Map(s.lists).set(id, commands) }));
    return () =>
      useCommandRegistry.setState(s => {
        const lists = new Map(s.lists);
        lists.delete(id);
        return { lists };
      });
  }, [id, commands]);
}

export function openCommands(): void {
  useCommandRegistry.setState({ open: true });
}

/** Sorts commands by how well their labels match what was typed; those that do not are left out. */
export function matching(commands: readonly Command[], typed: string): Command[] {
  const words = typed.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...commands];
  return commands
    .map(c => ({ c, label: c.label.toLowerCase() }))
    .filter(({ label }) => words.every(w => label.includes(w)))
    .sort((a, b) => a.label.indexOf(words[0] ?? '') - b.label.indexOf(words[0] ?? ''))
    .map(({ c }) => c);
}
