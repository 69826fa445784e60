import { hash } from 'node:crypto';

const pattern = /^[0-9a-f]{64}$/;

/** Whether it is a SHA-256 as restic spells it: 64 lower-case hexadecimal digits. */
export function isId(text: unknown): text is string {
  return typeof text === 'string' && pattern.test(text);
}

/** The id of these bytes. */
export function idOf(bytes: Uint8Array): string {
  return hash('sha256', bytes);
}
