import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { serverApi } from '../../api/console';
import { period } from '../../api/queries';
import { xray } from '../../api/xray';
import { Link } from '../../app/Link';
import { useFormats, useMessages } from '../../i18n';
import { summaryOutcome } from '../../query/facets';
import type { Window } from '../../time/range';
import { OutcomeMark, Reloading } from '../../ui';
import styles from './groups.module.css';
import { messages } from './messages';

const EXAMPLES = 5;

/** How many traces an expression matches, and the newest of them. */
export function Preview({ expression, window: w }: { expression: string; window: Window }) {
  const text = useMessages(messages);
  const format = useFormats();
  const asked = useSettled(expression.trim(), 400);
  const found = useQuery({
    queryKey: ['group', 'preview', asked, w.from, w.to],
    queryFn: async ({ signal }) => {
      const filter = asked === '' ? {} : { FilterExpression: asked };
      const [counted, page] = await Promise.all([
        serverApi.analyze({ ...window(w), a: asked, fields: 'outcome', top: 1, buckets: 1 }, signal),
        xray.traceSummaries({ ...period(w), ...filter }, signal),
      ]);
      return { n: counted.sets.a.count, of: counted.scanned, examples: page.TraceSummaries.slice(0, EXAMPLES) };
    },
    placeholderData: keepPreviousData,
    retry: false,
  });
  const span = format.duration((w.to - w.from) / 1000);
  return (
    <Reloading busy={found.isFetching}>
      <div className={styles.preview}>
        <h3>{text.preview}</h3>
        {found.error ? (
          <p className={styles.muted}>{text.invalid}</p>
        ) : (
          found.data && (
            <>
              <p role="status">{text.count(format.count(found.data.n), format.count(found.data.of), span)}</p>
              {found.data.n === 0 && <p className={styles.muted}>{text.none}</p>}
              {found.data.examples.length > 0 && (
                <ul className={styles.examples} aria-label={text.examples}>
                  {found.data.examples.map(s => (
                    <li key={s.Id}>
                      <Link to={`/traces/${s.Id}`}>
                        <OutcomeMark outcome={summaryOutcome(s)} />
                        <span className={styles.url}>{s.Http.HttpURL ?? s.EntryPoint?.Name ?? s.Id}</span>
                        <span>{format.duration(s.ResponseTime ?? s.Duration)}</span>
                      </Link>
                    </li>
                  ))}
                </ul>
              )}
            </>
          )
        )}
      </div>
    </Reloading>
  );
}

function window(w: Window) {
  return { from: w.from / 1000, to: w.to / 1000 };
}

/** The value once it has not changed for a while. */
function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
