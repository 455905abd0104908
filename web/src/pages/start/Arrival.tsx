import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ApiError } from '../../api/errors';
import type { TraceSummary } from '../../api/shapes';
import { listen } from '../../api/sse';
import { xray } from '../../api/xray';
import { Link } from '../../app/Link';
import { useFormats, useMessages } from '../../i18n';
import { summaryOutcome } from '../../query/facets';
import { Button, OutcomeMark, toast } from '../../ui';
import { messages } from './messages';
import { testTrace } from './snippets';
import styles from './start.module.css';

/** The line that waits for a trace and becomes a link to it, and a button that sends one. */
export function Arrival({ any }: { any: boolean }) {
  const text = useMessages(messages);
  const format = useFormats();
  const client = useQueryClient();
  const { trace, deaf } = useFirstTrace();
  const send = useMutation({
    mutationFn: async () => {
      const made = testTrace(Date.now(), n => crypto.getRandomValues(new Uint8Array(n)));
      const { UnprocessedTraceSegments: refused } = await xray.putSegments([made.document]);
      if (refused[0]) throw new Error(`${refused[0].ErrorCode}: ${refused[0].Message}`);
      return made.id;
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['me'] }),
    onError: err => toast(`${text.rejected}: ${err.message}`, { kind: 'problem' }),
  });
  const id = trace?.Id ?? (deaf ? send.data : undefined);
  return (
    <div className={`${styles.arrival} ${id ? styles.here : ''}`}>
      <div className={styles.line} role="status">
        {id ? (
          <>
            {trace && <OutcomeMark outcome={summaryOutcome(trace)} />}
            <strong>{text.arrived}</strong>
            {trace && (
              <span>
                {trace.EntryPoint?.Name ?? trace.ServiceIds[0]?.Name} · {format.duration(trace.Duration)}
              </span>
            )}
            <Link to={`/traces/${id}`}>{text.open}</Link>
            <Link to="/traces">{text.traces}</Link>
          </>
        ) : deaf ? (
          text.cannotListen
        ) : (
          <>
            <span className={styles.dot} aria-hidden="true" />
            {any ? text.waitingNext : text.waiting}
            {any && <Link to="/traces">{text.traces}</Link>}
          </>
        )}
      </div>
      <Button kind={any ? 'plain' : 'primary'} isPending={send.isPending} onPress={() => send.mutate()}>
        {send.isPending ? text.sending : text.send}
      </Button>
    </div>
  );
}

/** The newest trace that arrived since the page was opened; deaf says that nothing can be heard. */
function useFirstTrace(): { trace: TraceSummary | undefined; deaf: boolean } {
  const [trace, setTrace] = useState<TraceSummary>();
  const [deaf, setDeaf] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    listen(
      'console/v1/tail',
      {},
      { onEvent: e => e.event === 'trace' && setTrace(JSON.parse(e.data) as TraceSummary) },
      stop.signal,
    ).catch((err: unknown) => setDeaf(err instanceof ApiError));
    return () => stop.abort();
  }, []);
  return { trace, deaf };
}
