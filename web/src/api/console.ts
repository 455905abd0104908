import { get, post } from './transport';

// What X-Ray's API lacks. Each operation is described in docs/console-api.md; one that the server
// does not have answers 404, and its caller does without (ApiError.missing).

/** Times are seconds since 1970, as in X-Ray's API. */
export interface Scope {
  from: number;
  to: number;
  /** Name of a group. */
  g?: string | undefined;
  /** Filter expression. */
  q?: string | undefined;
}

export type SuggestionKind =
  | 'keyword'
  | 'operator'
  | 'literal'
  | 'name'
  | 'type'
  | 'account'
  | 'group'
  | 'key'
  | 'value';

export interface Suggestion {
  /** What is inserted, quoted where it has to be. */
  text: string;
  kind: SuggestionKind;
  /** What it means, or the type of an annotation; may be empty. */
  detail: string;
  /** How many traces of the period have it; absent for words of the language. */
  count?: number;
}

export interface Completion {
  /** Suggestions replace the text from here to the cursor; in UTF-16 units. */
  from: number;
  suggestions: Suggestion[];
}

export interface Me {
  version: string;
  region: string;
  accountId: string;
  /** Addresses for the snippets; daemon and otlp are empty when they are off. */
  endpoint: string;
  daemon: string;
  otlp: { http: string; grpc: string };
  retentionSeconds: number;
  /** Start of the oldest trace that is kept; null while there is none. */
  oldest: number | null;
  /** How many traces ever arrived. */
  traces: number;
}

export const consoleApi = {
  me: (signal?: AbortSignal) => get<Me>('console/v1/me', {}, signal),

  complete: (request: Scope & { text: string; cursor: number }, signal?: AbortSignal) => {
    const { text, cursor, from, to, g } = request;
    return get<Completion>('console/v1/complete', { text, cursor, from, to, g, limit: 50 }, signal);
  },

  /** How many traces match each term of a conjunction alone: which one excludes everything. */
  terms: (request: Scope, signal?: AbortSignal) =>
    post<{ terms: { text: string; count: number }[]; total: number }>('console/v1/terms', request, signal),
};
