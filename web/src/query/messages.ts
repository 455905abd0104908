import { define } from '../i18n/catalogue';

export const messages = define(
  {
    label: 'Filter expression',
    hint: 'Filter: fault · responsetime > 1 · service("payments") { error }',
    run: 'Run',
    history: 'Recent filters',
    fault: (position: string, detail: string) => `Position ${position}: ${detail}`,
    refine: 'Refine',
    refineBy: (field: string) => `Refine by ${field}`,
    include: (value: string) => `Only ${value}`,
    exclude: (value: string) => `Without ${value}`,
    excludeHint: 'Alt-click excludes',
    more: (n: string) => `${n} more`,
    ofLoaded: (n: string) => `Of ${n} loaded traces`,
  },
  {
    label: 'フィルタ式',
    hint: 'フィルタ: fault · responsetime > 1 · service("payments") { error }',
    run: '実行',
    history: '最近のフィルタ',
    fault: (position, detail) => `${position} 文字目: ${detail}`,
    refine: '絞り込み',
    refineBy: field => `${field}で絞り込む`,
    include: value => `${value} のみ`,
    exclude: value => `${value} を除く`,
    excludeHint: 'Alt + クリックで除外',
    more: n => `他 ${n} 件`,
    ofLoaded: n => `読み込み済みの ${n} 件のトレースから`,
  },
);
