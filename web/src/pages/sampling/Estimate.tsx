import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { type SamplingChange, serverApi } from '../../api/console';
import { useFormats, useMessages } from '../../i18n';
import { Problem, Reloading } from '../../ui';
import { messages } from './messages';
import styles from './sampling.module.css';

/** What the last hour would have kept with a changed rule, or without one. */
export function Estimate({ upsert, without }: { upsert?: SamplingChange | undefined; without?: string }) {
  const text = useMessages(messages);
  const format = useFormats();
  const wanted = JSON.stringify({ ...(upsert ? { upsert: [upsert] } : {}), ...(without ? { delete: [without] } : {}) });
  const [asked, setAsked] = useState(wanted);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(wanted), 400);
    return () => clearTimeout(timer);
  }, [wanted]);
  const found = useQuery({
    queryKey: ['whatif', asked],
    queryFn: ({ signal }) => serverApi.whatIf(JSON.parse(asked) as Parameters<typeof serverApi.whatIf>[0], signal),
    placeholderData: keepPreviousData,
    retry: false,
  });
  if (found.error) return <Problem error={found.error} />;
  const w = found.data;
  if (!w) return null;
  const whole = (n: number) => format.count(Math.round(n));
  const own = upsert && w.proposed.rules.find(r => r.name === upsert.name);
  return (
    <Reloading busy={found.isPlaceholderData}>
      <div className={styles.estimate}>
        <h3>{text.whatIf}</h3>
        {w.requests === 0 ? (
          <p>{text.whatIfNone}</p>
        ) : (
          <>
            <p>{text.whatIfLine(whole(w.proposed.kept), format.count(w.requests), whole(w.current.kept))}</p>
            {own && <p>{text.whatIfRule(format.count(own.requests), whole(own.kept))}</p>}
            {w.moved.map(m => (
              <p key={`${m.from} ${m.to}`}>{text.moved(format.count(m.requests), m.from, m.to)}</p>
            ))}
            <p className={styles.muted}>{text.caveat}</p>
          </>
        )}
      </div>
    </Reloading>
  );
}
