// Building filter expressions out of clicks. What is built here is what the server would print.

/** Writes a string of the language. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

/** How an annotation's key is written. */
export function annotation(key: string): string {
  if (/^[A-Za-z0-9_]+$/.test(key)) return `annotation.${key}`;
  return /^[A-Za-z0-9_.:/@-]+$/.test(key) ? `annotation[${key}]` : `annotation[${quote(key)}]`;
}

/** A comparison; strings are quoted. */
export function compare(
  field: string,
  operator: '=' | '!=' | '<' | '<=' | '>' | '>=' | 'CONTAINS' | 'BEGINSWITH' | 'ENDSWITH',
  value: string | number | boolean,
): string {
  return `${field} ${operator} ${typeof value === 'string' ? quote(value) : value}`;
}

/** What identifies a node. */
export interface NodeName {
  name: string;
  type?: string | null;
}

/** The argument that names a node: by name alone, or by name and type. */
export function node({ name, type }: NodeName): string {
  return type ? `id(name: ${quote(name)}, type: ${quote(type)})` : quote(name);
}

export function service(n: NodeName, body = ''): string {
  return `service(${node(n)})${body ? ` { ${body} }` : ''}`;
}

export function edge(from: NodeName, to: NodeName, body = ''): string {
  return `edge(${node(from)}, ${node(to)})${body ? ` { ${body} }` : ''}`;
}

export function not(term: string): string {
  return topLevel(term).length > 1 || /\b(or|and)\b/i.test(strip(term)) ? `!(${term})` : `!${term}`;
}

/** The expression without what is in strings, brackets and braces. */
function strip(expression: string): string {
  let out = '';
  let depth = 0;
  for (const token of expression.match(/"(?:[^"\\]|\\.)*"?|[^"]/gs) ?? []) {
    if (token.length > 1 || token === '"') continue;
    if ('({['.includes(token)) depth++;
    else if (')}]'.includes(token)) depth--;
    else if (depth === 0) out += token;
  }
  return out;
}

/** The terms that AND joins at the top. An expression with an OR there is one term. */
export function topLevel(expression: string): string[] {
  const text = expression.trim();
  if (text === '') return [];
  if (/\bor\b/i.test(strip(text))) return [text];
  const terms: string[] = [];
  let depth = 0;
  let from = 0;
  const tokens = text.matchAll(/"(?:[^"\\]|\\.)*"?|\band\b|[({[]|[)}\]]/gi);
  for (const { 0: token, index } of tokens) {
    if ('({['.includes(token)) depth++;
    else if (')}]'.includes(token)) depth--;
    else if (depth === 0 && token.toLowerCase() === 'and') {
      terms.push(text.slice(from, index).trim());
      from = index + token.length;
    }
  }
  terms.push(text.slice(from).trim());
  return terms.filter(t => t !== '');
}

/** Joins terms; those with an OR at the top get brackets. */
export function join(terms: readonly string[]): string {
  const [only] = terms;
  if (terms.length === 1 && only !== undefined) return only;
  return terms.map(t => (/\bor\b/i.test(strip(t)) ? `(${t})` : t)).join(' AND ');
}

/** Adds a term to an expression, if it is not one already. Its negation goes. */
export function add(expression: string, term: string): string {
  const terms = topLevel(expression);
  if (terms.includes(term)) return expression;
  const opposite = term.startsWith('!') ? term.slice(1) : not(term);
  return join([...terms.filter(t => t !== opposite), term]);
}

/** Takes a term out of an expression. */
export function remove(expression: string, term: string): string {
  return join(topLevel(expression).filter(t => t !== term));
}

export function has(expression: string, term: string): boolean {
  return topLevel(expression).includes(term);
}

const BOUND = /^responsetime\s*(>=|<=)\s*([\d.eE+-]+)$/i;

/** The range of response times that an expression's terms set, if they do. */
export function responseRange(expression: string): { from: number | undefined; to: number | undefined } | undefined {
  let from: number | undefined;
  let to: number | undefined;
  for (const term of topLevel(expression)) {
    const m = BOUND.exec(term);
    if (m?.[1] === '>=') from = Number(m[2]);
    else if (m?.[1] === '<=') to = Number(m[2]);
  }
  return from === undefined && to === undefined ? undefined : { from, to };
}

/** Replaces the range of response times of an expression; undefined takes it away. */
export function withResponseRange(
  expression: string,
  range: { from: number | undefined; to: number | undefined } | undefined,
): string {
  const terms = topLevel(expression).filter(t => !BOUND.test(t));
  if (range?.from !== undefined) terms.push(`responsetime >= ${range.from}`);
  if (range?.to !== undefined) terms.push(`responsetime <= ${range.to}`);
  return join(terms);
}
