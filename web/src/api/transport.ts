import { ApiError, errorOf } from './errors';

/** The address of a path of the service, whatever prefix it is behind. */
export function address(path: string): URL {
  return new URL(path.replace(/^\//, ''), document.baseURI);
}

/** Sends a request and returns the answer, or throws an {@link ApiError} for one that says no. */
export async function send(path: string, init: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(address(path), { credentials: 'same-origin', ...init });
  } catch (err) {
    if (err instanceof DOMException && err.name === 'AbortError') throw err;
    window.dispatchEvent(new Event('radiograph:unreachable'));
    throw new ApiError('NetworkError', err instanceof Error ? err.message : String(err), 0, undefined, path);
  }
  if (!answer.ok) {
    const error = await errorOf(answer, path);
    if (error.unauthenticated) window.dispatchEvent(new Event('radiograph:unauthenticated'));
    throw error;
  }
  return answer;
}

async function json<T>(answer: Response, path: string): Promise<T> {
  try {
    return (await answer.json()) as T;
  } catch (err) {
    if (err instanceof DOMException && err.name === 'AbortError') throw err;
    const id = answer.headers.get('x-amzn-requestid') ?? undefined;
    throw new ApiError('InvalidAnswer', 'The answer is not JSON', answer.status, id, path);
  }
}

/** Sends JSON and returns the JSON of the answer, or throws an {@link ApiError}. */
export async function sendJson<T>(method: string, path: string, body: unknown): Promise<T> {
  const headers = { 'Content-Type': 'application/json' };
  return json<T>(await send(path, { method, headers, body: JSON.stringify(body) }), path);
}

/** Posts JSON and returns the JSON of the answer, or throws an {@link ApiError}. */
export async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const answer = await send(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
  return json<T>(answer, path);
}

/** Gets JSON; parameters that are undefined are left out. */
export async function get<T>(
  path: string,
  params: Record<string, string | number | boolean | undefined>,
  signal?: AbortSignal,
): Promise<T> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) if (value !== undefined) query.set(name, String(value));
  const search = query.size > 0 ? `?${query}` : '';
  const answer = await send(path + search, signal ? { signal } : {});
  return json<T>(answer, path);
}
