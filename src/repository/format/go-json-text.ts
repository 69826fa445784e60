import { isUtf8 } from 'node:buffer';
import { writeJson } from './go-json.ts';
import { characterLength } from './go-quote.ts';

/** What needs no escape in Go's JSON. */
const plain = /^[ !#-%'-;=?-[\]-~]*$/;

/** Text as a JSON string, with its quotes, as Go writes it. */
export function jsonText(text: string): string {
  return plain.test(text) ? `"${text}"` : writeJson(text);
}

/** Bytes as a JSON string: each that is no part of UTF-8 becomes an escaped U+FFFD. */
export function jsonBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (isUtf8(bytes)) return jsonText(buffer.toString());
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes, at);
    text += length === 0 ? '\\ufffd' : jsonText(buffer.toString('utf8', at, at + length)).slice(1, -1);
    at += Math.max(length, 1);
  }
  return `"${text}"`;
}
