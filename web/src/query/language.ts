import { define } from '../i18n/catalogue';

export type FieldKind = 'boolean' | 'number' | 'string' | 'any';
export type Place = 'trace' | 'service' | 'edge' | 'cause';

interface Field {
  name: string;
  kind: FieldKind;
  places: readonly Place[];
}

const observed: readonly Place[] = ['trace', 'service', 'edge'];

/** The keywords of comparisons, as ../filter/keyword.go has them. */
export const fields: readonly Field[] = [
  { name: 'ok', kind: 'boolean', places: observed },
  { name: 'error', kind: 'boolean', places: observed },
  { name: 'fault', kind: 'boolean', places: observed },
  { name: 'throttle', kind: 'boolean', places: observed },
  { name: 'partial', kind: 'boolean', places: observed },
  { name: 'inferred', kind: 'boolean', places: ['trace', 'service', 'cause'] },
  { name: 'root', kind: 'boolean', places: ['service'] },
  { name: 'first', kind: 'boolean', places: ['cause'] },
  { name: 'last', kind: 'boolean', places: ['cause'] },
  { name: 'remote', kind: 'boolean', places: ['cause'] },
  { name: 'responsetime', kind: 'number', places: observed },
  { name: 'duration', kind: 'number', places: observed },
  { name: 'http.status', kind: 'number', places: observed },
  { name: 'index', kind: 'number', places: ['cause'] },
  { name: 'coverage', kind: 'number', places: ['cause'] },
  { name: 'http.url', kind: 'string', places: observed },
  { name: 'http.method', kind: 'string', places: observed },
  { name: 'http.useragent', kind: 'string', places: observed },
  { name: 'http.clientip', kind: 'string', places: observed },
  { name: 'user', kind: 'string', places: observed },
  { name: 'name', kind: 'string', places: ['service', 'cause'] },
  { name: 'type', kind: 'string', places: ['service', 'cause'] },
  { name: 'message', kind: 'string', places: ['cause'] },
  { name: 'availabilityzone', kind: 'string', places: observed },
  { name: 'instance.id', kind: 'string', places: observed },
  { name: 'resource.arn', kind: 'string', places: observed },
];

/** What begins a term of a trace besides comparisons. */
export const selectors: readonly string[] = [
  'annotation.',
  'service(',
  'edge(',
  'group.name',
  'group.arn',
  'rootcause.fault.service',
  'rootcause.fault.entity',
  'rootcause.fault.exception',
  'rootcause.error.service',
  'rootcause.error.entity',
  'rootcause.error.exception',
  'rootcause.responsetime.service',
  'rootcause.responsetime.entity',
  'rootcause.json',
];

export function kindOf(name: string): FieldKind {
  return fields.find(f => f.name === name.toLowerCase())?.kind ?? 'any';
}

export function operatorsOf(kind: FieldKind): readonly string[] {
  if (kind === 'boolean') return ['=', '!='];
  if (kind === 'number') return ['=', '!=', '<', '<=', '>', '>='];
  if (kind === 'string') return ['=', '!=', 'CONTAINS', 'BEGINSWITH', 'ENDSWITH'];
  return ['=', '!=', '<', '<=', '>', '>=', 'CONTAINS', 'BEGINSWITH', 'ENDSWITH'];
}

/** What the keywords mean; the words themselves stay English. */
export const meanings = define(
  {
    ok: 'no error, fault or throttle',
    error: 'client error (4xx)',
    fault: 'server fault (5xx)',
    throttle: 'too many requests (429)',
    partial: 'the trace misses a segment',
    inferred: 'known only from its callers',
    root: 'the entry point of the trace',
    responsetime: 'seconds until the answer',
    duration: 'seconds until all work ended',
    'http.status': 'status of the answer',
    'http.url': 'URL of the request',
    'http.method': 'method of the request',
    'http.useragent': 'user agent of the request',
    'http.clientip': 'address of the caller',
    user: 'user of the request',
    'annotation.': 'annotation.key or annotation[key]',
    'service(': 'the trace touches a node',
    'edge(': 'one node calls another',
    'group.name': 'filter of a group',
  } as Record<string, string>,
  {
    ok: 'エラー、障害、スロットリングなし',
    error: 'クライアントエラー (4xx)',
    fault: 'サーバー障害 (5xx)',
    throttle: 'リクエスト過多 (429)',
    partial: 'セグメントが欠けたトレース',
    inferred: '呼び出し元からのみ分かるノード',
    root: 'トレースの入口',
    responsetime: '応答までの秒数',
    duration: 'すべての処理が終わるまでの秒数',
    'http.status': '応答のステータス',
    'http.url': 'リクエストの URL',
    'http.method': 'リクエストのメソッド',
    'http.useragent': 'リクエストのユーザーエージェント',
    'http.clientip': '呼び出し元のアドレス',
    user: 'リクエストのユーザー',
    'annotation.': 'annotation.key または annotation[key]',
    'service(': 'ノードを通るトレース',
    'edge(': 'ノード間の呼び出し',
    'group.name': 'グループのフィルタ',
  },
);
