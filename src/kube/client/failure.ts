import { type HozonError, isHozonError } from '#foundation/errors.ts';
import { raise } from '../errors.ts';
import { type KubeStatus, statusOf } from '../status.ts';

/** Codes of Node and OpenSSL that mean: the other side is there, but it is not believed, or it does not believe us. */
const trustCodes =
  /^(CERT_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|CRL_)/;

/** Whether opening a connection failed over certificates or TLS itself: trying again cannot help. */
export function isTrustFailure(thrown: unknown): boolean {
  return trustCodes.test(codeOf(thrown));
}

/** The error for a request that failed after its connection was open: what was sent may have arrived. */
export function transferError(
  request: { readonly server: string; readonly what: string; readonly idleTimeout: number },
  thrown: unknown,
): unknown {
  if (isHozonError(thrown)) return thrown;
  const { server, what } = request;
  const code = codeOf(thrown);
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return raise.timeout({ server, what, milliseconds: request.idleTimeout }, { cause: thrown });
  }
  if (code === '') return thrown; // an abort, or a programmer's mistake
  // A client certificate is judged after the handshake (TLS 1.3): the alert comes in place of an answer.
  if (/^ERR_SSL_.*ALERT/.test(code))
    return raise.tls({ server, reason: messageOf(thrown) }, { cause: thrown });
  return raise['connection-lost']({ server, what, reason: messageOf(thrown) }, { cause: thrown });
}

/** Whether a failed request may have been carried out all the same. */
export function isOutcomeUnknown(thrown: unknown): boolean {
  if (isHozonError(thrown, 'kube.connection-lost') || isHozonError(thrown, 'kube.timeout')) return true;
  const status = statusOf(thrown);
  if (status === undefined || status.code < 500 || isWebhookFailure(status)) return false;
  return status.retryAfterSeconds === undefined || status.reason === 'Timeout';
}

/**
 * Whether, and after how many milliseconds at least, a failed request is sent again. `repeatable`: sending it
 * twice does what sending it once does.
 *
 * A refused connection and a 429 mean that nothing happened, for every request. A 5xx with Retry-After means
 * the same, unless its reason is Timeout: the API server sends one for what it did not begin. Other faults leave
 * the outcome open. An admission webhook that cannot be called is none of them: the API server has tried it for seconds
 * already, the object was not stored, and every further object would wait as long.
 */
export function retryVerdict(thrown: unknown, repeatable: boolean): boolean | number {
  if (isHozonError(thrown, 'kube.unreachable')) return true;
  const status = statusOf(thrown);
  if (status === undefined) return repeatable && isOutcomeUnknown(thrown);
  const wait = (status.retryAfterSeconds ?? 0) * 1000;
  if (status.code === 429) return wait;
  if (![500, 502, 503, 504].includes(status.code) || isWebhookFailure(status)) return false;
  return repeatable || !isOutcomeUnknown(thrown) ? wait : false;
}

function isWebhookFailure({ code, message }: KubeStatus): boolean {
  return code === 500 && message.includes('failed calling webhook');
}

/** What a create or change of unknown outcome is reported as. */
export function outcomeUnknown(what: string, thrown: unknown): HozonError {
  return raise['outcome-unknown']({ what, reason: messageOf(thrown) }, { cause: thrown });
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message || codeOf(thrown) : String(thrown);
}
