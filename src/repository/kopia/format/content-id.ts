import { Fault } from '../../format/fault.ts';
import { reasons } from './reasons.ts';

/**
 * What kopia calls a content by: the hash of its plain bytes in lower-case hexadecimal digits, before it at most one letter
 * from g to z that tells what it is for. Having one makes the length odd.
 */
export type ContentId = string;

const pattern = /^(?:[g-z]?)(?:[0-9a-f]{2}){1,32}$/;

export function isContentId(text: unknown): text is ContentId {
  return typeof text === 'string' && pattern.test(text);
}

/** The letter, or '' where there is none, as for the data of files. */
export function contentPrefix(id: ContentId): string {
  return id.length % 2 === 1 ? id.slice(0, 1) : '';
}

/** The hash's bytes. */
export function contentHash(id: ContentId): Buffer {
  return Buffer.from(id.slice(id.length % 2), 'hex');
}

/** The id of a content with this hash; `prefix` is a letter or ''. */
export function contentIdWith(prefix: string, hash: Uint8Array): ContentId {
  return prefix + Buffer.from(hash.buffer, hash.byteOffset, hash.length).toString('hex');
}

/** What indexes are sorted by, bytewise: the letter's byte, or 0, and then the hash. */
export function contentKey(id: ContentId): Buffer {
  const key = Buffer.allocUnsafe(contentKeySize(id));
  putContentKey(id, key);
  return key;
}

/** Bytes of {@link contentKey}. */
export function contentKeySize(id: ContentId): number {
  return 1 + Math.floor(id.length / 2);
}

/** Writes {@link contentKey} into memory that has room for it; no where something else than digits made it end early. */
export function putContentKey(id: ContentId, into: Buffer): boolean {
  const isOdd = id.length % 2 === 1;
  into[0] = isOdd ? id.charCodeAt(0) : 0;
  const digits = isOdd ? id.slice(1) : id;
  return into.write(digits, 1, 'hex') * 2 === digits.length;
}

/** The id that has this key. @throws Fault */
export function contentIdOf(key: Uint8Array): ContentId {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.length);
  const letter = bytes[0] ?? 0;
  const isLetter = letter >= 0x67 && letter <= 0x7a;
  if (bytes.length < 2 || (letter !== 0 && !isLetter)) throw new Fault(reasons.index);
  return (isLetter ? String.fromCharCode(letter) : '') + bytes.toString('hex', 1);
}
