import { get, send, sendJson } from './transport';

// Who one is, and logging in and out: docs/console-api.md.

export type Role = 'admin' | 'operator' | 'viewer' | '';

/** Actions of policies that the console offers something for. */
export type Action =
  | 'radiograph:ConsoleRead'
  | 'radiograph:ConsoleWrite'
  | 'xray:CreateGroup'
  | 'xray:UpdateGroup'
  | 'xray:DeleteGroup'
  | 'xray:CreateSamplingRule'
  | 'xray:UpdateSamplingRule'
  | 'xray:DeleteSamplingRule'
  | 'xray:TagResource'
  | 'xray:UntagResource'
  | 'xray:PutEncryptionConfig'
  | 'xray:UpdateIndexingRule'
  | 'xray:UpdateTraceSegmentDestination'
  | 'xray:PutResourcePolicy'
  | 'xray:DeleteResourcePolicy';

export interface Who {
  /** off: nobody has to log in, and everybody may do everything. */
  authentication: 'off' | 'sigv4';
  methods: readonly ('oidc' | 'key')[];
  /** Host of the provider. */
  provider: string;
  /** Null while nobody is logged in. */
  user: { name: string; arn: string; method: 'key' | 'oidc' | 'signature'; role: Role } | null;
  /** Seconds since 1970, at the latest. */
  expires: number | null;
  allowed: readonly Action[];
}

const PATH = 'console/v1/session';

export const sessionApi = {
  who: (signal?: AbortSignal) => get<Who>(PATH, {}, signal),
  logIn: (accessKeyId: string, secretAccessKey: string) =>
    sendJson<Who>('POST', PATH, { accessKeyId, secretAccessKey }),
  logOut: () => send(PATH, { method: 'DELETE' }),
};
