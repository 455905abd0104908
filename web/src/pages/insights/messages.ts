import { define } from '../../i18n';

export const messages = define(
  {
    list: 'Insights',
    service: 'Root cause',
    state: 'State',
    states: { ACTIVE: 'active', CLOSED: 'closed' },
    start: 'Began',
    length: 'Length',
    impact: 'Impact on clients',
    impactOf: (faults: string, all: string) => `${faults} faults of ${all} requests`,
    group: 'Group',
    summary: 'Summary',
    analyze: 'Analyze',
    actions: 'Actions',
    empty: 'No insights in this time range',
    emptyHint:
      'This server told of no insight. It only lists them: it does not watch for rising fault rates itself yet.',
    instead: 'Compare faults with OK',
    faults: 'Show faults',
    missing: 'This server does not know insights',
  },
  {
    list: 'インサイト',
    service: '根本原因',
    state: '状態',
    states: { ACTIVE: '継続中', CLOSED: '終了' },
    start: '開始',
    length: '長さ',
    impact: 'クライアントへの影響',
    impactOf: (faults, all) => `リクエスト ${all} 件のうち障害 ${faults} 件`,
    group: 'グループ',
    summary: '概要',
    analyze: '分析',
    actions: '操作',
    empty: 'この期間のインサイトはありません',
    emptyHint:
      'サーバーからインサイトの報告はありません。一覧のみに対応しており、障害率の上昇を自ら監視する機能はまだありません。',
    instead: '障害と OK を比較',
    faults: '障害を表示',
    missing: 'このサーバーはインサイトに対応していません',
  },
);
