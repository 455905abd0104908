import { ApiError, errorOf } from './errors';
import { address } from './transport';

export interface ServerEvent {
  event: string;
  data: string;
  id: string;
}

/** Takes the text of an event stream in pieces and returns the events that are complete. */
export class EventParser {
  private rest = '';
  private event = '';
  private data: string[] = [];
  private id = '';

  push(piece: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    this.rest += piece;
    // A CR at the end may be the half of a CRLF: wait for what follows.
    const held = this.rest.endsWith('\r') ? 1 : 0;
    const lines = this.rest.slice(0, this.rest.length - held).split(/\r\n|\n|\r/);
    this.rest = (lines.pop() ?? '') + (held ? '\r' : '');
    for (const line of lines) {
      if (line === '') {
        if (this.data.length > 0)
          events.push({ event: this.event || 'message', data: this.data.join('\n'), id: this.id });
        this.event = '';
        this.data = [];
        continue;
      }
      const colon = line.indexOf(':');
      if (colon === 0) continue;
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'event') this.event = value;
      else if (field === 'data') this.data.push(value);
      else if (field === 'id') this.id = value;
    }
    return events;
  }
}

/**
 * Reads an event stream until the signal ends it. After a break it connects again, waiting
 * longer each time, and says so with onBreak: what came in between is lost. Rejects when
 * the server refuses.
 */
export async function listen(
  path: string,
  params: Record<string, string | undefined>,
  handlers: { onEvent(e: ServerEvent): void; onOpen?(): void; onBreak?(): void },
  signal: AbortSignal,
): Promise<void> {
  const url = address(path);
  for (const [name, value] of Object.entries(params)) if (value) url.searchParams.set(name, value);
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const answer = await fetch(url, { headers: { Accept: 'text/event-stream' }, credentials: 'same-origin', signal });
      if (!answer.ok) throw await errorOf(answer, path);
      if (!answer.body) throw new ApiError('InvalidAnswer', 'The answer has no body', answer.status, undefined, path);
      handlers.onOpen?.();
      attempt = 0;
      const parser = new EventParser();
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        for (const event of parser.push(read.value)) handlers.onEvent(event);
      }
    } catch (err) {
      if (signal.aborted) return;
      if (err instanceof ApiError && !err.transient) throw err;
    }
    if (signal.aborted) return;
    handlers.onBreak?.();
    await pause(Math.min(30_000, 1000 * 2 ** attempt), signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
