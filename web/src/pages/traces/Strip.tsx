import { useMemo } from 'react';
import type { TraceSummary } from '../../api/shapes';
import { binTime } from '../../chart/bins';
import { Histogram } from '../../chart/Histogram';
import type { Selection } from '../../chart/selection';
import { TimeSeries } from '../../chart/TimeSeries';
import { useMessages } from '../../i18n';
import { summaryOutcome } from '../../query/facets';
import type { Window } from '../../time/range';
import { messages } from './messages';
import { samplesOf } from './rows';
import styles from './traces.module.css';

/** The two charts above the list. Brushing one adds a term, brushing the other narrows the window. */
export function Strip({
  rows,
  window: w,
  selection,
  onResponse,
  onTime,
}: {
  rows: readonly TraceSummary[];
  window: Window;
  selection: Selection | undefined;
  onResponse(range: Selection | undefined): void;
  onTime(w: Window | undefined): void;
}) {
  const text = useMessages(messages);
  const samples = useMemo(() => samplesOf(rows), [rows]);
  const binned = useMemo(
    () =>
      binTime(
        rows.map(s => ({ at: s.StartTime * 1000, outcome: summaryOutcome(s) })),
        w,
      ),
    [rows, w],
  );
  return (
    <div className={styles.strip}>
      <Histogram title={text.responseTimes} samples={samples} selection={selection} onSelect={onResponse} height={84} />
      <TimeSeries title={text.activity} binned={binned} onSelect={onTime} height={84} />
    </div>
  );
}
