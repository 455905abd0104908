import { useEffect, useId } from 'react';
import { create } from 'zustand';
import { usePreferences } from './preferences';

export interface Shortcut {
  /** "mod+k" (Ctrl or ⌘), "g m" (one after the other), "?" and "R" as they are typed. */
  keys: string;
  /** What the list behind ? says. */
  label: string;
  /** Without: what has the focus takes the key itself, and the list says so. */
  run?(): void;
}

type Scope = 'everywhere' | 'page';

interface Registry {
  lists: ReadonlyMap<string, { scope: Scope; shortcuts: readonly Shortcut[] }>;
}

export const useShortcutRegistry = create<Registry>(() => ({ lists: new Map() }));

/** Makes shortcuts work while the component is there. Memoize the list. */
export function useShortcuts(shortcuts: readonly Shortcut[], scope: Scope = 'page'): void {
  const id = useId();
  useEffect(() => {
    useShortcutRegistry.setState(s => ({ lists: new Map(s.lists).set(id, { scope, shortcuts }) }));
    return () =>
      useShortcutRegistry.setState(s => {
        const lists = new Map(s.lists);
        lists.delete(id);
        return { lists };
      });
  }, [id, shortcuts, scope]);
}

/** True for elements in which letters are text. */
export function takesText(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input, textarea, select, [role="textbox"], [role="combobox"]'))
  );
}

const SEQUENCE_MS = 1000;

/** How an event is written in the registry. */
export function chordOf(e: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>): string {
  const key = e.key === ' ' ? 'Space' : e.key;
  const mod = e.ctrlKey || e.metaKey;
  return (mod ? 'mod+' : '') + (e.altKey ? 'alt+' : '') + (mod || e.altKey ? key.toLowerCase() : key);
}

/** Listens to keys for all shortcuts; the shell calls it once. Returns what stops it. */
export function listenToKeys(): () => void {
  let before = '';
  let at = 0;
  const onKey = (e: KeyboardEvent) => {
    if (e.defaultPrevented || e.isComposing || e.keyCode === 229 || e.key === 'Shift') return;
    const chord = chordOf(e);
    const single = !chord.startsWith('mod+') && !chord.startsWith('alt+');
    if (single && (takesText(e.target) || !usePreferences.getState().shortcuts)) return;
    // A dialog has keys of its own.
    if (single && document.querySelector('[role="dialog"]')) return;
    const sequence = before && e.timeStamp - at < SEQUENCE_MS ? `${before} ${chord}` : '';
    before = chord;
    at = e.timeStamp;
    // The page's come before those of everywhere, the last ones first.
    const lists = [...useShortcutRegistry.getState().lists.values()].reverse();
    lists.sort((a, b) => Number(a.scope === 'everywhere') - Number(b.scope === 'everywhere'));
    const all = lists.flatMap(l => l.shortcuts).filter(s => s.run);
    const found = all.find(s => sequence !== '' && s.keys === sequence) ?? all.find(s => s.keys === chord);
    if (!found) return;
    before = '';
    e.preventDefault();
    found.run?.();
  };
  window.addEventListener('keydown', onKey);
  return () => window.removeEventListener('keydown', onKey);
}
