import { define } from '../i18n';

export const messages = define(
  {
    client: 'Clients',
    noType: 'No type',
    inferred: 'Seen by its callers only',
    changes: { new: 'New', lost: 'Gone', changed: 'Changed' },
    nodeSummary: (name: string, type: string, share: string, average: string, calls: string) =>
      `${name}, ${type}, ${share}, average ${average}, calls ${calls}`,
    calls: (n: number) => (n === 1 ? '1 service' : `${n} services`),
    faults: (share: string) => `${share} faults`,
    asCaller: 'As seen by the caller, network included',
    asService: 'As seen by the service',
    calledAs: (names: string) => `Called as ${names}`,
    age: (age: string) => `Age when received: ${age}`,
    map: 'Trace map',
    minimap: 'Overview: click to move',
    zoomIn: 'Zoom in',
    zoomOut: 'Zoom out',
    fit: 'Show all',
  },
  {
    client: 'クライアント',
    noType: 'タイプなし',
    inferred: '呼び出し元からのみ観測',
    changes: { new: '新規', lost: '消失', changed: '変化' },
    nodeSummary: (name: string, type: string, share: string, average: string, calls: string) =>
      `${name}、${type}、${share}、平均 ${average}、呼び出し先 ${calls}`,
    calls: (n: number) => `${n} サービス`,
    faults: (share: string) => `障害 ${share}`,
    asCaller: '呼び出し元から見た値(ネットワークを含む)',
    asService: 'サービス側から見た値',
    calledAs: (names: string) => `呼び出し名: ${names}`,
    age: (age: string) => `受信時の経過時間: ${age}`,
    map: 'トレースマップ',
    minimap: '全体図: クリックで移動',
    zoomIn: '拡大',
    zoomOut: '縮小',
    fit: '全体を表示',
  },
);
