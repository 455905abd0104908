import { useEffect, useState } from 'react';
import { ApiError } from '../../api/errors';
import { inGroup } from '../../api/queries';
import type { TraceSummary } from '../../api/shapes';
import { listen } from '../../api/sse';
import { oneInOf } from './queue';

export interface Tail {
  /** Summaries that arrived, the newest first; at most a thousand. */
  rows: readonly TraceSummary[];
  /** True after the connection broke: some may be missing. */
  gap: boolean;
  /** One in so many is shown. */
  oneIn: number;
  error: ApiError | undefined;
}

const KEPT = 1000;
const nothing: Tail = { rows: [], gap: false, oneIn: 1, error: undefined };

/** The traces as they arrive, while on is true. */
export function useTail(on: boolean, filter: string, group: string | undefined): Tail {
  const [tail, setTail] = useState<Tail>(nothing);
  useEffect(() => {
    setTail(nothing);
    if (!on) return;
    const stop = new AbortController();
    const waiting: TraceSummary[] = [];
    let frame = 0;
    const flush = () => {
      frame = 0;
      const news = waiting.splice(0).reverse();
      setTail(t => {
        const ids = new Set(news.map(s => s.Id));
        return { ...t, rows: [...news, ...t.rows.filter(r => !ids.has(r.Id))].slice(0, KEPT) };
      });
    };
    listen(
      'console/v1/tail',
      { q: inGroup(filter, group) },
      {
        onEvent: e => {
          if (e.event === 'trace') {
            waiting.push(JSON.parse(e.data) as TraceSummary);
            frame ||= requestAnimationFrame(flush);
          } else if (e.event === 'sampled') {
            const oneIn = oneInOf(JSON.parse(e.data) as { matched: number; sent: number });
            setTail(t => ({ ...t, oneIn }));
          } else if (e.event === 'gap') setTail(t => ({ ...t, gap: true }));
        },
        onBreak: () => setTail(t => ({ ...t, gap: true })),
      },
      stop.signal,
    ).catch((err: unknown) => {
      if (err instanceof ApiError) setTail(t => ({ ...t, error: err }));
    });
    return () => {
      stop.abort();
      cancelAnimationFrame(frame);
    };
  }, [on, filter, group]);
  return tail;
}
