import type { TraceSummary } from '../../api/shapes';
import { BASE } from '../../app/location';
import { endpoint, shell } from '../../app/share';
import { facets } from '../../query/facets';
import { not } from '../../query/terms';
import type { MenuGroup } from '../../ui';
import { copy } from '../../ui';
import { w3cTraceId } from '../../url/traceid';
import type { ColumnId } from './rows';

export interface MenuTexts {
  open: string;
  openTab: string;
  mark: string;
  unmark: string;
  copyId: string;
  copyW3c: string;
  copyCli: string;
  likeThis: string;
  without: string;
  copied: string;
}

export interface MenuActions {
  open(s: TraceSummary): void;
  mark(s: TraceSummary): void;
  add(term: string): void;
}

/** Which facet the values of a column are. */
const FACETS: Partial<Record<ColumnId, string>> = {
  method: 'method',
  status: 'status',
  url: 'url',
  entry: 'service',
  clientip: 'clientip',
  user: 'user',
};

const OUTCOME_TERMS = { fault: 'fault', error: 'error', throttle: 'throttle', ok: 'ok' } as const;

/** The values of a row that can be asked for, or those of one column. */
export function valuesOf(s: TraceSummary, column?: string): { label: string; term: string }[] {
  const outcome = s.HasThrottle ? 'throttle' : s.HasFault ? 'fault' : s.HasError ? 'error' : 'ok';
  const all = facets([s]);
  const facet = column ? FACETS[column as ColumnId] : undefined;
  if (column === 'outcome') return [{ label: outcome, term: OUTCOME_TERMS[outcome] }];
  const wanted = all.filter(f =>
    facet
      ? f.id === facet
      : column === 'annotations'
        ? f.id.startsWith('annotation.')
        : column === 'services'
          ? f.id === 'service'
          : f.id !== 'service' || column === undefined,
  );
  const values = wanted.flatMap(f => f.values.map(v => ({ label: v.term, term: v.term })));
  if (facet === 'service' && s.EntryPoint)
    return values.filter(v => v.term.includes(JSON.stringify(s.EntryPoint?.Name)));
  return facet || column === 'annotations' || column === 'services' ? values : values.slice(0, 8);
}

/** The menu of a row, or of one of its cells. */
export function menuOf(
  s: TraceSummary,
  column: string | undefined,
  marked: boolean,
  texts: MenuTexts,
  act: MenuActions,
): MenuGroup[] {
  const values = valuesOf(s, column);
  const groups: MenuGroup[] = [
    {
      id: 'trace',
      entries: [
        { id: 'open', label: texts.open, icon: 'traces', keys: 'Enter', run: () => act.open(s) },
        {
          id: 'tab',
          label: texts.openTab,
          icon: 'open',
          run: () => void window.open(`${BASE}/traces/${s.Id}`, '_blank', 'noopener'),
        },
        { id: 'mark', label: marked ? texts.unmark : texts.mark, keys: 'c', run: () => act.mark(s) },
      ],
    },
    {
      id: 'copy',
      entries: [
        { id: 'id', label: texts.copyId, icon: 'copy', run: () => void copy(s.Id, texts.copied) },
        { id: 'w3c', label: texts.copyW3c, run: () => void copy(w3cTraceId(s.Id), texts.copied) },
        {
          id: 'cli',
          label: texts.copyCli,
          run: () =>
            void copy(
              `aws xray batch-get-traces --endpoint-url ${shell(endpoint())} --trace-ids ${s.Id}`,
              texts.copied,
            ),
        },
      ],
    },
    {
      id: 'only',
      label: texts.likeThis,
      entries: values.map(v => ({
        id: `+${v.term}`,
        label: v.label,
        icon: 'plus' as const,
        run: () => act.add(v.term),
      })),
    },
    {
      id: 'without',
      label: texts.without,
      entries: values.map(v => ({
        id: `-${v.term}`,
        label: v.label,
        icon: 'minus' as const,
        run: () => act.add(not(v.term)),
      })),
    },
  ];
  return groups.filter(g => g.entries.length > 0);
}
