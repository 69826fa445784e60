import { raise } from './errors.ts';

const maxKeyBytes = 1024;

/** Throws `storage.invalid-key` unless `key` is one that every {@link ObjectStore} can hold. */
export function checkKey(key: string): void {
  const reason = key === '' ? 'it is empty' : (faultOfText(key) ?? faultOfSegments(key.split('/')));
  if (reason !== undefined) throw raise['invalid-key']({ key, reason });
}

/** Throws `storage.invalid-key` unless some valid key could begin with `prefix`. The empty prefix is valid. */
export function checkPrefix(prefix: string): void {
  const folders = prefix.split('/').slice(0, -1);
  const reason = faultOfText(prefix) ?? faultOfSegments(folders);
  if (reason !== undefined) throw raise['invalid-key']({ key: prefix, reason });
}

/** {@link checkPrefix} for one that names a whole level: empty, or ending in `/`. */
export function checkFolderPrefix(prefix: string): void {
  checkPrefix(prefix);
  if (prefix !== '' && !prefix.endsWith('/')) {
    throw raise['invalid-key']({ key: prefix, reason: 'a folder prefix ends in "/"' });
  }
}

/** The order of listings: by the keys' UTF-8 bytes. (JavaScript's own is by UTF-16 units, which differs above U+FFFF.) */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function faultOfText(text: string): string | undefined {
  if (!text.isWellFormed()) return 'it is not well-formed Unicode';
  if (hasControlCharacter(text)) return 'it has a control character';
  if (Buffer.byteLength(text) > maxKeyBytes) return `it is longer than ${maxKeyBytes} bytes`;
  return undefined;
}

function hasControlCharacter(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x20 || unit === 0x7f) return true;
  }
  return false;
}

function faultOfSegments(segments: readonly string[]): string | undefined {
  if (segments.some(segment => segment === '')) return 'it has an empty segment';
  if (segments.some(segment => segment === '.' || segment === '..')) return 'it has a segment "." or ".."';
  return undefined;
}
