import type { HozonError } from '#foundation/errors.ts';
import { raise } from '../errors.ts';

/** The system's code of a failure (`ENOENT`), if it has one. */
export function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string'
    ? thrown.code
    : undefined;
}

/** Whether a path, or one of the directories on the way to it, is not there. */
export function isAbsent(thrown: unknown): boolean {
  const code = codeOf(thrown);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Whether a call failed for want of rights. */
export function isRefused(thrown: unknown): boolean {
  const code = codeOf(thrown);
  return code === 'EACCES' || code === 'EPERM';
}

/** Whether a call failed for want of what others give back soon: descriptors, or a name that is in use. */
export function passesSoon(thrown: unknown): boolean {
  return ['EMFILE', 'ENFILE', 'EBUSY'].includes(codeOf(thrown) ?? '');
}

interface Where {
  readonly url: string;
  readonly key: string;
  readonly reason: string;
}

type Translation = (where: Where, context: { readonly cause: unknown }) => HozonError;

const denied: Translation = (where, context) => raise.denied(where, context);
const noSpace: Translation = (where, context) => raise['no-space'](where, context);
const unavailable: Translation = (where, context) => raise.unavailable(where, context);
const unsupported: Translation = (where, context) => raise.unsupported(where, context);

const translations: Readonly<Record<string, Translation>> = {
  EACCES: denied,
  EPERM: denied,
  EROFS: (where, context) => raise['read-only'](where, context),
  ENOSPC: noSpace,
  EDQUOT: noSpace,
  ENAMETOOLONG: ({ key }, context) =>
    raise['invalid-key']({ key, reason: 'a segment is longer than the file system allows' }, context),
  EIO: unavailable,
  ESTALE: unavailable,
  ETIMEDOUT: unavailable,
  EHOSTDOWN: unavailable,
  ENETDOWN: unavailable,
  ENOTCONN: unavailable,
  EMFILE: unavailable,
  ENFILE: unavailable,
  EBUSY: unavailable,
  ENOTSUP: unsupported,
  EOPNOTSUPP: unsupported,
  ENOSYS: unsupported,
  EXDEV: unsupported,
  EMLINK: unsupported,
  EFBIG: unsupported,
};

/** A failed system call on an object as a `storage.*` error. What is not a failed system call is returned as it is. */
export function storageFailure(thrown: unknown, url: string, key: string): unknown {
  const code = codeOf(thrown);
  if (code === undefined || !(thrown instanceof Error) || !('syscall' in thrown)) return thrown;
  const translate = translations[code] ?? ((where, context) => raise.failed(where, context));
  return translate({ url, key, reason: thrown.message }, { cause: thrown });
}
