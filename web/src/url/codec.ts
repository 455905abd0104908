/** How one parameter is written in the address, and what it is when it is not there. */
export interface Param<T> {
  readonly initial: T;
  /** Undefined when the text makes no sense: then the parameter counts as absent. */
  parse(text: string): T | undefined;
  format(value: T): string;
}

export function text(initial = ''): Param<string> {
  return { initial, parse: t => t, format: v => v };
}

export function optional(): Param<string | undefined> {
  return { initial: undefined, parse: t => t || undefined, format: v => v ?? '' };
}

export function flag(): Param<boolean> {
  return { initial: false, parse: t => t !== '0' && t !== 'false', format: v => (v ? '1' : '0') };
}

export function integer(initial: number, least: number, most: number): Param<number> {
  return {
    initial,
    parse: t => (/^-?\d+$/.test(t) && Number(t) >= least && Number(t) <= most ? Number(t) : undefined),
    format: String,
  };
}

export function oneOf<const T extends string>(values: readonly T[], initial: T): Param<T> {
  return { initial, parse: t => values.find(v => v === t), format: v => v };
}

/** Several words; commas inside of them are escaped. */
export function list(initial: readonly string[] = []): Param<readonly string[]> {
  return {
    initial,
    parse: t => (t === '' ? [] : t.split(',').map(decode)),
    format: v => v.map(w => w.replace(/[%,]/g, encodeURIComponent)).join(','),
  };
}

function decode(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}

/** Ordering by a column: name, or -name for the largest first. */
export interface Sort {
  column: string;
  descending: boolean;
}

export function sort(initial: Sort): Param<Sort> {
  return {
    initial,
    parse: t => (/^-?[\w.]+$/.test(t) ? { column: t.replace(/^-/, ''), descending: t.startsWith('-') } : undefined),
    format: v => (v.descending ? '-' : '') + v.column,
  };
}

// biome-ignore lint/suspicious/noExplicitAny: a codec's parameters have types of their own
export type Params = Record<string, Param<any>>;
export type Values<P extends Params> = { [K in keyof P]: P[K] extends Param<infer T> ? T : never };

/** The parameters of a page. What it does not name stays in the address untouched. */
export interface Codec<P extends Params> {
  readonly params: P;
  parse(search: string): Values<P>;
  /** Returns search with the given values replaced; those that are the initial ones are left out. */
  format(values: Partial<Values<P>>, search?: string): string;
}

export function codec<P extends Params>(params: P): Codec<P> {
  const same = (p: Param<unknown>, value: unknown) =>
    value === undefined || (p.initial !== undefined && p.format(value) === p.format(p.initial));
  return {
    params,
    parse(search) {
      const given = new URLSearchParams(search);
      const values: Record<string, unknown> = {};
      for (const [name, p] of Object.entries(params)) {
        const t = given.get(name);
        values[name] = (t === null ? undefined : p.parse(t)) ?? p.initial;
      }
      return values as Values<P>;
    },
    format(values, search = '') {
      const out = new URLSearchParams(search);
      for (const [name, value] of Object.entries(values)) {
        const p = params[name];
        if (!p) continue;
        if (same(p, value)) out.delete(name);
        else out.set(name, p.format(value));
      }
      return readable(out);
    },
  };
}

/** Writes parameters for people: what may stand in a query unescaped does. */
export function readable(params: URLSearchParams): string {
  return params
    .toString()
    .replace(/%(2F|3A|7E|2C|28|29|21|40|5B|5D|7B|7D)/g, m => decodeURIComponent(m))
    .replace(/[[\]{}]/g, encodeURIComponent);
}
