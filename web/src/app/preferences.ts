import { create } from 'zustand';
import type { Language } from '../time/format';
import { LOCAL, type Zone } from '../time/zone';

export type Theme = 'system' | 'light' | 'dark' | 'contrast';
export type Density = 'comfortable' | 'compact';

/** What a reader chose, kept in the browser. Opening a link never changes it. */
export interface Preferences {
  theme: Theme;
  language: Language;
  density: Density;
  zone: Zone;
  /** The time range of pages whose address names none, in seconds. */
  range: number;
  /** Seconds between refreshes; 0 is never. */
  refresh: number;
  /** Whether single-letter shortcuts work. */
  shortcuts: boolean;
  rail: 'open' | 'closed';
  /** Links say the present time instead of "the last hour". */
  freeze: boolean;
  /** Widths of panels in pixels, by the panel's name. */
  panels: Readonly<Record<string, number>>;
  /** The share of requests from which on nodes and edges of the map show that something is wrong. */
  badShare: number;
  /** Columns of tables, by the table's name. */
  columns: Readonly<Record<string, readonly string[]>>;
  /** Filter expressions that were run, the newest first. */
  history: readonly string[];
}

const KEY = 'radiograph.preferences';

const defaults: Preferences = {
  theme: 'system',
  language: typeof navigator !== 'undefined' && navigator.language.startsWith('ja') ? 'ja' : 'en',
  density: 'comfortable',
  zone: LOCAL,
  range: 900,
  refresh: 0,
  shortcuts: true,
  rail: 'open',
  freeze: true,
  panels: {},
  badShare: 0.01,
  columns: {},
  history: [],
};

function load(): Partial<Preferences> {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    if (typeof stored !== 'object' || stored === null) return {};
    // A value of another type, from another version or by hand, would break what reads it.
    return Object.fromEntries(
      Object.entries(stored).filter(([name, value]) => {
        const initial: unknown = (defaults as unknown as Record<string, unknown>)[name];
        return (
          initial !== undefined && typeof value === typeof initial && Array.isArray(value) === Array.isArray(initial)
        );
      }),
    );
  } catch {
    return {};
  }
}

export const usePreferences = create<Preferences>(() => ({ ...defaults, ...load() }));

/** Changes preferences and stores all of them. */
export function setPreferences(change: Partial<Preferences>): void {
  usePreferences.setState(change);
  try {
    localStorage.setItem(KEY, JSON.stringify(usePreferences.getState()));
  } catch {
    // Storage is blocked or full: the choice holds until the page is left.
  }
}

export function setPanelWidth(name: string, width: number): void {
  setPreferences({ panels: { ...usePreferences.getState().panels, [name]: Math.round(width) } });
}

export function setColumns(table: string, columns: readonly string[]): void {
  setPreferences({ columns: { ...usePreferences.getState().columns, [table]: columns } });
}

const HISTORY = 50;

/** Notes that an expression was run. */
export function remember(expression: string): void {
  const text = expression.trim();
  if (text === '') return;
  const { history } = usePreferences.getState();
  if (history[0] === text) return;
  setPreferences({ history: [text, ...history.filter(h => h !== text)].slice(0, HISTORY) });
}

/** The name of the theme that shows now: system and contrast depend on the system's settings. */
export function shownTheme(theme: Theme): string {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const more = matchMedia('(prefers-contrast: more)').matches;
  if (theme === 'contrast' || (theme === 'system' && more)) return dark ? 'contrast-dark' : 'contrast-light';
  return theme === 'system' ? (dark ? 'dark' : 'light') : theme;
}

/** Keeps the document's theme, language and density equal to the preferences. */
export function applyPreferences(): () => void {
  const apply = () => {
    const { theme, language, density } = usePreferences.getState();
    const root = document.documentElement;
    root.dataset.theme = shownTheme(theme);
    root.dataset.density = density;
    root.lang = language;
  };
  apply();
  const queries = ['(prefers-color-scheme: dark)', '(prefers-contrast: more)'].map(q => matchMedia(q));
  for (const q of queries) q.addEventListener('change', apply);
  const stop = usePreferences.subscribe(apply);
  return () => {
    for (const q of queries) q.removeEventListener('change', apply);
    stop();
  };
}
