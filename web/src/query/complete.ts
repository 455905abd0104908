import { consoleApi, type Suggestion } from '../api/console';
import { ApiError } from '../api/errors';
import type { Window } from '../time/range';
import { fields, kindOf, operatorsOf, type Place, selectors } from './language';
import { quote } from './terms';

/** What completion knows of the present traces when the server cannot say. */
export interface Known {
  /** Values by keyword: http.url, user, annotation.tenant, service, type, group.name. */
  values: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Keys of annotations. */
  keys: readonly string[];
}

export interface Completions {
  /** Where the text that is replaced begins, in UTF-16 units. */
  from: number;
  suggestions: Suggestion[];
}

let serverKnows = true;

/**
 * What may follow at the cursor. The server knows the grammar exactly and all values of the
 * window; one without that operation is replaced by what is known here.
 */
export async function complete(
  text: string,
  cursor: number,
  scope: { window: Window; group: string | undefined },
  known: Known,
  signal: AbortSignal,
): Promise<Completions> {
  if (serverKnows) {
    try {
      const { window, group } = scope;
      return await consoleApi.complete(
        { text, cursor, from: window.from / 1000, to: window.to / 1000, g: group },
        signal,
      );
    } catch (err) {
      if (!(err instanceof ApiError)) throw err;
      if (err.missing) serverKnows = false;
    }
  }
  return completeHere(text.slice(0, cursor), known);
}

/** Completion without the server: by the words before the cursor. */
export function completeHere(before: string, known: Known): Completions {
  const value =
    /([\w.]+|annotation\[[^\]]*\])\s*(=|!=|<=?|>=?|contains|beginswith|endswith)\s*("(?:[^"\\]|\\.)*|[\w.+-]*)$/i.exec(
      before,
    );
  if (value) {
    const [, field = '', , typed = ''] = value;
    return { from: before.length - typed.length, suggestions: valuesOf(canonical(field), typed, known) };
  }
  const name = /(?:service|edge)\(\s*(?:"(?:[^"\\]|\\.)*"\s*,\s*)?("(?:[^"\\]|\\.)*)?$/i.exec(before);
  if (name) {
    const typed = name[1] ?? '';
    return { from: before.length - typed.length, suggestions: valuesOf('service', typed, known) };
  }
  const key = /annotation(?:\.([\w-]*)|\[([^\]]*))$/i.exec(before);
  if (key) {
    const typed = key[1] ?? key[2] ?? '';
    const from = before.length - key[0].length;
    const suggestions = known.keys
      .filter(k => k.toLowerCase().startsWith(typed.toLowerCase()))
      .map(k => ({ text: /^\w+$/.test(k) ? `annotation.${k}` : `annotation[${k}]`, kind: 'key' as const, detail: '' }));
    return { from, suggestions };
  }
  const field = /(?:^|[\s({!])([a-z][\w.]*|annotation\[[^\]]*\])\s+([<>=!]*|[a-z]*)$/i.exec(before);
  if (field && isField(field[1] ?? '')) {
    const typed = (field[2] ?? '').toLowerCase();
    const words = [...operatorsOf(kindOf(field[1] ?? '')), 'AND', 'OR'].filter(w => w.toLowerCase().startsWith(typed));
    return {
      from: before.length - typed.length,
      suggestions: words.map(w => ({ text: w, kind: 'operator', detail: '' })),
    };
  }
  const word = /[a-z][\w.]*$/i.exec(before)?.[0] ?? '';
  const place = placeOf(before);
  const names = fields.filter(f => f.places.includes(place)).map(f => f.name);
  const all = place === 'trace' ? [...names, ...selectors] : names;
  const ended = /["\w)}\]]\s+$/.test(before.slice(0, before.length - word.length));
  const words: Suggestion[] = all
    .filter(n => n.startsWith(word.toLowerCase()))
    .map(text => ({ text, kind: 'keyword', detail: '' }));
  if (ended)
    for (const w of ['AND', 'OR'])
      if (w.startsWith(word.toUpperCase())) words.unshift({ text: w, kind: 'operator', detail: '' });
  return { from: before.length - word.length, suggestions: words };
}

function canonical(field: string): string {
  const key = /^annotation\[(.*)\]$/i.exec(field);
  return key ? `annotation.${key[1]}` : field.replace(/^annotation/i, 'annotation');
}

function isField(word: string): boolean {
  return /^annotation[.[]/i.test(word) || fields.some(f => f.name === word.toLowerCase());
}

function valuesOf(field: string, typed: string, known: Known): Suggestion[] {
  const kind = kindOf(field);
  if (kind === 'boolean')
    return ['true', 'false'].filter(v => v.startsWith(typed)).map(text => ({ text, kind: 'literal', detail: '' }));
  const values = known.values.get(field === 'name' ? 'service' : field);
  const plain = typed.replace(/^"/, '').toLowerCase();
  return [...(values ?? [])]
    .filter(([v]) => v.toLowerCase().includes(plain))
    .sort((a, b) => b[1] - a[1])
    .slice(0, 50)
    .map(([v, count]) => ({
      text:
        kind === 'number' || (field.startsWith('annotation.') && v !== '' && /^(-?\d+(\.\d+)?|true|false)$/.test(v))
          ? v
          : quote(v),
      kind: 'value',
      detail: '',
      count,
    }));
}

/** In which braces the end of the text is. */
function placeOf(before: string): Place {
  const open: Place[] = [];
  let last = '';
  for (const [token] of before.matchAll(/"(?:[^"\\]|\\.)*"?|[a-z][\w.]*|[{}]/gi)) {
    if (token === '{') open.push(last === 'edge' ? 'edge' : last.startsWith('rootcause') ? 'cause' : 'service');
    else if (token === '}') open.pop();
    else if (/^(service|edge|rootcause\.\w+\.\w+)$/i.test(token)) last = token.toLowerCase();
  }
  return open.at(-1) ?? 'trace';
}
