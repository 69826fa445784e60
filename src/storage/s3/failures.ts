import { HozonError, isHozonError } from '#foundation/errors.ts';
import { raise } from '../errors.ts';

/** What a request was about, for its errors. */
export interface Subject {
  readonly url: string;
  readonly bucket: string;
  readonly key: string;
}

interface Failure {
  readonly name: string;
  readonly code: string;
  readonly status: number;
  readonly reason: string;
}

type Translation = (
  subject: Subject & { readonly reason: string },
  context: { cause: unknown },
) => HozonError;

const denied: Translation = (subject, context) => raise.denied(subject, context);
const unavailable: Translation = (subject, context) => raise.unavailable(subject, context);
const noSpace: Translation = (subject, context) => raise['no-space'](subject, context);
const keyConflict: Translation = (subject, context) => raise['key-conflict'](subject, context);
const locked: Translation = (subject, context) => raise.locked(subject, context);
const tls: Translation = (subject, context) => raise.tls(subject, context);
const noCredentials: Translation = (subject, context) => raise['no-credentials'](subject, context);
const unsupported: Translation = (subject, context) => raise.unsupported(subject, context);
const wrongRegion: Translation = (subject, context) => raise['wrong-region'](subject, context);
const corrupted: Translation = (subject, context) => raise.corrupted(subject, context);

/** By the error code of the server (AWS, or a compatible one's own) or the name the SDK gives. */
const byName: Readonly<Record<string, Translation>> = {
  NoSuchKey: (subject, context) => raise['not-found'](subject, context),
  NotFound: (subject, context) => raise['not-found'](subject, context),
  NoSuchBucket: (subject, context) => raise['bucket-not-found'](subject, context),
  NoSuchUpload: (subject, context) =>
    raise.failed(
      { ...subject, reason: 'the upload was abandoned, by the server or by another process' },
      context,
    ),
  PreconditionFailed: (subject, context) => raise['already-exists'](subject, context),
  ConditionalRequestConflict: unavailable,
  OperationAborted: unavailable,
  RequestTimeout: unavailable,
  RequestTimeTooSkewed: unavailable,
  TimeoutError: unavailable,
  SlowDown: unavailable,
  Throttling: unavailable,
  ThrottlingException: unavailable,
  InternalError: unavailable,
  KeyTooLongError: ({ key }, context) =>
    raise['invalid-key']({ key, reason: 'the server holds no key of that length' }, context),
  KeyTooLong: ({ key }, context) =>
    raise['invalid-key']({ key, reason: 'the server holds no key of that length' }, context),
  QuotaExceeded: noSpace,
  EntityTooLarge: noSpace,
  InsufficientCapacity: noSpace,
  XMinioStorageFull: noSpace,
  ObjectParentIsFile: keyConflict,
  ExistingObjectIsDirectory: keyConflict,
  XMinioParentIsObject: keyConflict,
  XMinioObjectExistsAsDirectory: keyConflict,
  ObjectLocked: locked,
  InvalidAccessKeyId: denied,
  SignatureDoesNotMatch: denied,
  CredentialsProviderError: noCredentials,
  TokenProviderError: noCredentials,
  NotImplemented: unsupported,
  MethodNotAllowed: unsupported,
  PermanentRedirect: wrongRegion,
  AuthorizationHeaderMalformed: wrongRegion,
  IllegalLocationConstraintException: wrongRegion,
  BadDigest: corrupted,
  XAmzContentChecksumMismatch: corrupted,
};

/** By the system's code of a failed connection. */
const byCode: Readonly<Record<string, Translation>> = Object.fromEntries(
  [
    'ECONNRESET ECONNREFUSED ECONNABORTED EPIPE ETIMEDOUT ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH EHOSTDOWN',
    'ERR_STREAM_PREMATURE_CLOSE EADDRNOTAVAIL EMFILE ENFILE',
  ].flatMap(codes => codes.split(' ').map(code => [code, unavailable])),
);

const untrusted =
  /^(CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|ERR_TLS_|ERR_SSL_|EPROTO|HOSTNAME_MISMATCH|INVALID_CA)/;

/**
 * What a request threw, as a `storage.*` error. Of the SDK's error only its name and message are kept, without
 * control characters and bounded, since they are the server's words.
 */
export function s3Failure(thrown: unknown, subject: Subject): unknown {
  if (thrown instanceof HozonError || !(thrown instanceof Error)) return thrown;
  const failure = describe(thrown);
  const translate = translationOf(failure);
  if (translate === undefined) return thrown;
  const cause = new Error(failure.reason);
  return translate({ ...subject, reason: failure.reason }, { cause });
}

/** A failure of a request that is about the bucket, or creates an object: what is not found then is the bucket. */
export function bucketFailure(thrown: unknown, subject: Subject): unknown {
  const failure = s3Failure(thrown, subject);
  return isHozonError(failure, 'storage.not-found') ? raise['bucket-not-found'](subject) : failure;
}

/** The error code of the server, or the name that the SDK gives. */
export function nameOfFailure(thrown: unknown): string {
  return thrown instanceof Error ? describe(thrown).name : '';
}

function translationOf(failure: Failure): Translation | undefined {
  if (lacksLocks(failure)) return unsupported;
  if (isLock(failure)) return locked;
  if (isForeign(failure)) return (subject, context) => notS3(subject, context.cause);
  if (failure.status === 0 && failure.reason.startsWith('Region ')) return wrongRegion;
  return (
    byName[failure.name] ?? byCode[failure.code] ?? (untrusted.test(failure.code) ? tls : byStatus(failure))
  );
}

const statuses: Readonly<Record<number, Translation>> = {
  301: wrongRegion,
  307: wrongRegion,
  401: denied,
  403: denied,
  404: (subject, context) => raise['not-found'](subject, context),
  405: unsupported,
  408: unavailable,
  412: (subject, context) => raise['already-exists'](subject, context),
  429: unavailable,
  501: unsupported,
  507: noSpace,
};

function byStatus({ status }: Failure): Translation | undefined {
  const known = statuses[status];
  if (known !== undefined || status === 0) return known;
  return status >= 500 ? unavailable : (subject, context) => raise.failed(subject, context);
}

/**
 * An answer that the SDK or Node's HTTP parser could not read. Proxies in front of a real S3 server say in HTML
 * that it is busy, so the status goes first where it has a meaning of its own.
 */
function isForeign({ code, reason, status }: Failure): boolean {
  const alsoElsewhere = status === 404 || status === 405;
  if (status >= 500 || (!alsoElsewhere && statuses[status] !== undefined)) return false;
  return code.startsWith('HPE_') || /XML parse error|Deserialization error/.test(reason);
}

/** The error of an answer that no S3 server gives. */
export function notS3(subject: Subject, cause?: unknown): HozonError {
  return raise['not-s3']({ ...subject, reason: 'its answer has not the form of one of S3' }, { cause });
}

/** Object lock has no code of its own; servers answer AccessDenied or InvalidRequest and say so in the message. */
function isLock({ name, reason }: Failure): boolean {
  return (
    /^(AccessDenied|InvalidRequest|MethodNotAllowed)$/.test(name) &&
    /(?<![\w./:-])(object[ -]?lock|WORM(-protected)?|retention)(?![\w/-]|:\S|\.\w)/i.test(
      withoutNames(reason),
    )
  );
}

/** A message without what it quotes, ARNs, and the names of rights: users and buckets are called anything, `retention` among it. */
function withoutNames(reason: string): string {
  return reason.replace(/"[^"]*("|$)|(?<!\w)'[^']*('|$)|\barn:\S+|\bs3:\w+/gi, ' ');
}

/** A bucket that was made without object lock, asked to lock an object: "Bucket is missing Object Lock Configuration". */
function lacksLocks({ reason }: Failure): boolean {
  return /missing ?object ?lock ?configuration/i.test(reason);
}

function describe(thrown: Error): Failure {
  const fields = thrown as Error & {
    readonly code?: unknown;
    readonly Code?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  const name = typeof fields.Code === 'string' ? fields.Code : thrown.name;
  const code = typeof fields.code === 'string' ? fields.code : codeOfCause(thrown.cause);
  const message = printable(thrown.message);
  const label = name === 'Error' || message.includes(name) ? '' : printable(name);
  const reason = [label, message].filter(text => text !== '' && text !== 'UnknownError').join(': ');
  const status = fields.$metadata?.httpStatusCode ?? 0;
  return { name, code, status, reason: reason || code || `HTTP status ${status}` };
}

function codeOfCause(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}

function printable(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, 300)
    .trim();
}
