/** An answer that says no, or no answer at all. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    /** X-Ray's name of the error, such as InvalidRequestException; NetworkError without an answer. */
    readonly code: string,
    message: string,
    /** The status of the answer; 0 without one. */
    readonly status: number,
    /** The id under which the server's log has the request. */
    readonly requestId: string | undefined,
    /** The operation's path. */
    readonly operation: string,
  ) {
    super(message);
  }

  /** True when the server cannot be reached or is starting: trying again may help. */
  get transient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** True when nobody is logged in, or no longer. X-Ray's API says that with 403. */
  get unauthenticated(): boolean {
    return this.status === 401 || this.code === 'MissingAuthenticationTokenException';
  }

  /** True when the server does not have the operation, as an older one or a part that is switched off. */
  get missing(): boolean {
    return this.status === 404 || this.status === 405 || this.status === 501;
  }
}

/** The error of an answer that is not ok. */
export async function errorOf(answer: Response, operation: string): Promise<ApiError> {
  const text = await answer.text();
  let body: Record<string, unknown> = {};
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // A proxy's page, or nothing: the status has to do.
  }
  const code =
    answer.headers.get('x-amzn-errortype') ??
    str(body.__type) ??
    str(body.code) ??
    str(body.title) ??
    `HTTP ${answer.status}`;
  const message = str(body.Message) ?? str(body.message) ?? str(body.detail) ?? answer.statusText;
  const id = answer.headers.get('x-amzn-requestid') ?? undefined;
  return new ApiError(code.replace(/^.*#/, '').replace(/:.*$/, ''), message || code, answer.status, id, operation);
}

function str(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
