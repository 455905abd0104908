import type { Language } from '../time/format';
import { parser } from './filter.grammar';

// Renders expressions as sentences. Names, keys and values stay as they are written.

interface Words {
  and: string;
  or: string;
  not(what: string): string;
  everything: string;
  service(node: string, body: string): string;
  anyNode: string;
  edge(from: string, to: string, body: string): string;
  cause(kind: string, level: string, body: string): string;
  causeJson: string;
  /** In a segment, and of a trace as a whole. */
  flag(field: string): string;
  flagged(field: string): string;
  isSet(field: string): string;
  compare(field: string, operator: string, value: string): string;
  fields: Record<string, string>;
  trace(what: string): string;
}

const en: Words = {
  and: ' and ',
  or: ' or ',
  not: what => `not (${what})`,
  everything: 'All traces',
  service: (node, body) => (body ? `${node} has a segment with ${body}` : `it touches ${node}`),
  anyNode: 'any service',
  edge: (from, to, body) => `${from} calls ${to}${body ? ` with ${body}` : ''}`,
  cause: (kind, level, body) => `the root cause of the ${kind} has a ${level} with ${body}`,
  causeJson: 'a root cause has the given structure',
  flag: field => field,
  flagged: field => `there ${field.endsWith('s') && !field.endsWith('ss') ? 'are' : 'is'} ${field}`,
  isSet: field => `${field} is set`,
  compare: (field, operator, value) => {
    const verbs: Record<string, string> = {
      '=': 'is',
      '!=': 'is not',
      '<': 'is below',
      '<=': 'is at most',
      '>': 'is above',
      '>=': 'is at least',
      CONTAINS: 'contains',
      BEGINSWITH: 'begins with',
      ENDSWITH: 'ends with',
    };
    return `${field} ${verbs[operator] ?? operator} ${value}`;
  },
  fields: {
    responsetime: 'response time',
    duration: 'duration',
    'http.url': 'URL',
    'http.status': 'status',
    'http.method': 'method',
    'http.clientip': 'client IP',
    'http.useragent': 'user agent',
    ok: 'success',
    fault: 'a fault',
    error: 'an error',
    throttle: 'throttling',
    partial: 'missing parts',
    inferred: 'an inferred node',
    root: 'the entry point',
  },
  trace: what => `Traces where ${what}`,
};

const ja: Words = {
  and: '、かつ ',
  or: '、または ',
  not: what => `(${what}) ではない`,
  everything: 'すべてのトレース',
  service: (node, body) => (body ? `${node} に ${body} のセグメントがある` : `${node} を通る`),
  anyNode: 'いずれかのサービス',
  edge: (from, to, body) => `${from} から ${to} への${body ? ` ${body} の` : ''}呼び出しがある`,
  cause: (kind, level, body) => `${kind} の根本原因に ${body} の ${level} がある`,
  causeJson: '根本原因が指定の構造を持つ',
  flag: field => field,
  flagged: field => field,
  isSet: field => `${field} がある`,
  compare: (field, operator, value) => {
    const forms: Record<string, (f: string, v: string) => string> = {
      '=': (f, v) => `${f} が ${v}`,
      '!=': (f, v) => `${f} が ${v} 以外`,
      '<': (f, v) => `${f} が ${v} 未満`,
      '<=': (f, v) => `${f} が ${v} 以下`,
      '>': (f, v) => `${f} が ${v} 超`,
      '>=': (f, v) => `${f} が ${v} 以上`,
      CONTAINS: (f, v) => `${f} が ${v} を含む`,
      BEGINSWITH: (f, v) => `${f} が ${v} で始まる`,
      ENDSWITH: (f, v) => `${f} が ${v} で終わる`,
    };
    return forms[operator]?.(field, value) ?? `${field} ${operator} ${value}`;
  },
  fields: {
    responsetime: '応答時間',
    duration: '所要時間',
    'http.url': 'URL',
    'http.status': 'ステータス',
    'http.method': 'メソッド',
    'http.clientip': 'クライアント IP',
    'http.useragent': 'ユーザーエージェント',
    user: 'ユーザー',
    ok: '成功',
    fault: '障害',
    error: 'エラー',
    throttle: 'スロットリング',
    partial: '欠落あり',
    inferred: '推測ノード',
    root: '入口',
  },
  trace: what => `${what} のトレース`,
};

const words: Record<Language, Words> = { en, ja };

const SECONDS = new Set(['responsetime', 'duration']);
const FLAGS = new Set(['ok', 'fault', 'error', 'throttle', 'partial', 'inferred', 'root', 'first', 'last', 'remote']);

type Node = ReturnType<typeof parser.parse>['topNode'];

/** The expression as a sentence, or undefined when it has a fault. */
export function explain(expression: string, language: Language): string | undefined {
  const w = words[language];
  if (expression.trim() === '') return w.everything;
  const tree = parser.parse(expression);
  let fault = false;
  tree.iterate({
    enter: n => {
      fault ||= n.type.isError;
    },
  });
  const first = tree.topNode.firstChild;
  if (fault || !first) return undefined;
  return w.trace(new Explainer(expression, w).say(first));
}

class Explainer {
  /** How many bodies of services, edges and root causes are open. */
  private inside = 0;

  constructor(
    private readonly text: string,
    private readonly w: Words,
  ) {}

  private flag(shown: string): string {
    return this.inside > 0 ? this.w.flag(shown) : this.w.flagged(shown);
  }

  private slice(n: Node): string {
    return this.text.slice(n.from, n.to);
  }

  private children(n: Node): Node[] {
    const found: Node[] = [];
    for (let c = n.firstChild; c; c = c.nextSibling) if (/^[A-Z]/.test(c.name)) found.push(c);
    return found;
  }

  say(n: Node): string {
    const kids = this.children(n);
    const inner = (k: Node | undefined) => (k ? this.say(k) : '');
    this.inside++;
    const body = inner(kids.find(k => k.name === 'Body'));
    this.inside--;
    switch (n.name) {
      case 'Or':
        return kids.map(k => this.say(k)).join(this.w.or);
      case 'And':
        return kids.map(k => (k.name === 'Or' ? `(${this.say(k)})` : this.say(k))).join(this.w.and);
      case 'Not':
        return this.w.not(inner(kids[0]));
      case 'Paren':
        return `(${inner(kids[0])})`;
      case 'Body':
        return inner(kids[0]);
      case 'Service': {
        const node = kids.find(k => k.name === 'Node');
        return this.w.service(node ? this.node(node) : this.w.anyNode, body);
      }
      case 'Edge': {
        const [from, to] = kids.filter(k => k.name === 'Node').map(k => this.node(k));
        return this.w.edge(from ?? this.w.anyNode, to ?? this.w.anyNode, body);
      }
      case 'Cause': {
        const [, kind = '', level = ''] = this.slice(n).split(/[\s{]/)[0]?.toLowerCase().split('.') ?? [];
        return this.w.cause(this.field(kind), level, body);
      }
      case 'CauseJson':
        return this.w.causeJson;
      case 'Comparison':
        return this.comparison(kids);
    }
    return this.slice(n);
  }

  private node(n: Node): string {
    return [...this.slice(n).matchAll(/"(?:[^"\\]|\\.)*"/g)].map(m => m[0]).join(' / ');
  }

  private field(name: string): string {
    return this.w.fields[name.toLowerCase()] ?? name;
  }

  private comparison([field, operator, value]: Node[]): string {
    if (!field) return '';
    const name = this.slice(field).toLowerCase();
    const shown = field.name === 'Annotation' ? this.slice(field) : this.field(name);
    if (!operator || !value) return FLAGS.has(name) ? this.flag(shown) : this.w.isSet(shown);
    const op = this.slice(operator).toUpperCase();
    const v = this.slice(value);
    if (FLAGS.has(name)) {
      const yes = /true/i.test(v) === (op === '=');
      return yes ? this.flag(shown) : this.w.not(this.flag(shown));
    }
    return this.w.compare(shown, op, SECONDS.has(name) ? `${v} s` : v);
  }
}
