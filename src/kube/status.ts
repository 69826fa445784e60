import type { HozonError } from '#foundation/errors.ts';
import { raise } from './errors.ts';

/** One field that the server found fault with, or one conflicting manager. */
export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

/**
 * What an API server said when it refused: the `Status` kind of `meta/v1`, in plain form. Texts are bounded
 * and free of control characters.
 */
export interface KubeStatus {
  /** HTTP status. */
  readonly code: number;
  /** `AlreadyExists`, `Conflict`, `Invalid`, `Forbidden`, `Expired`, `Timeout` …; empty where the body was no Status. */
  readonly reason: string;
  readonly message: string;
  readonly causes: readonly StatusCause[];
  readonly retryAfterSeconds: number | undefined;
  /** With 410: a token that goes on from the same place in the newest state. */
  readonly continueToken: string | undefined;
}

/** The cause that every HozonError made from a server's answer carries. */
export class KubeStatusError extends Error {
  override readonly name = 'KubeStatusError';
  readonly status: KubeStatus;

  constructor(status: KubeStatus) {
    super(status.message);
    this.status = status;
  }
}

/** What the API server said, where `thrown` (or a cause of it) comes from an answer of one. */
export function statusOf(thrown: unknown): KubeStatus | undefined {
  let at: unknown = thrown;
  for (let depth = 0; depth < 8 && at instanceof Error; depth++) {
    if (at instanceof KubeStatusError) return at.status;
    at = at.cause;
  }
  return undefined;
}

/** An HTTP answer that is not a success. */
export interface Refusal {
  readonly code: number;
  readonly retryAfter?: string | undefined;
  /** The body as it came, or as much as was read of it. */
  readonly body: string;
}

const longestText = 4096;
const longestToken = 16_384;
const mostCauses = 64;

/** Reads a refusal, whatever the body holds. */
export function readStatus(refusal: Refusal): KubeStatus {
  const parsed = parseObject(refusal.body);
  const status = parsed['kind'] === 'Status' || parsed['status'] === 'Failure' ? parsed : {}; // exec's has no kind
  const details = objectOf(status['details']);
  return {
    code: refusal.code,
    reason: text(status['reason']),
    message: text(status['message']) || text(refusal.body.slice(0, 512)).trim() || `HTTP ${refusal.code}`,
    causes: readCauses(details['causes']),
    retryAfterSeconds: seconds(refusal.retryAfter) ?? seconds(details['retryAfterSeconds']),
    continueToken: token(objectOf(status['metadata'])['continue']),
  };
}

/** The error for a refusal of `what`. */
export function statusError(server: string, what: string, status: KubeStatus): HozonError {
  const context = { cause: new KubeStatusError(status) };
  const params = { server, what, message: status.message, status: status.code };
  const name = nameOf(status);
  return raise[name](params, context);
}

type StatusErrorName =
  | 'already-exists'
  | 'conflict'
  | 'forbidden'
  | 'gone'
  | 'invalid'
  | 'not-found'
  | 'rejected'
  | 'server-error'
  | 'too-many-requests'
  | 'unauthorized';

const nameByCode: Readonly<Record<number, StatusErrorName>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  410: 'gone',
  422: 'invalid',
  429: 'too-many-requests',
};

function nameOf(status: KubeStatus): StatusErrorName {
  if (status.reason === 'AlreadyExists') return 'already-exists';
  return nameByCode[status.code] ?? (status.code >= 500 ? 'server-error' : 'rejected');
}

function readCauses(value: unknown): StatusCause[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, mostCauses).map(entry => {
    const cause = objectOf(entry);
    return { reason: text(cause['reason']), message: text(cause['message']), field: text(cause['field']) };
  });
}

function parseObject(body: string): Record<string, unknown> {
  try {
    return objectOf(JSON.parse(body));
  } catch {
    return {}; // a proxy's HTML page, an empty body: the HTTP status says what there is to say
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  if (typeof value !== 'string') return '';
  const clean = value.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ');
  return clean.length > longestText ? `${clean.slice(0, longestText)}…` : clean;
}

function token(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= longestToken ? value : undefined;
}

function seconds(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number > 0 ? number : undefined;
}
