/** White space as Go's `unicode.IsSpace` has it. */
const space = '[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const around = new RegExp(`^${space}+|${space}+$`, 'g');

/**
 * The password in the bytes of a file or of a command's output, as restic has it: a byte order mark says how it is encoded and
 * is no part of it, nor is white space around it. A password that is not UTF-8 keeps its bytes.
 */
export function passwordIn(bytes: Uint8Array): Buffer {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return trimmed(new TextDecoder('utf-16le').decode(bytes));
  if (first === 0xfe && second === 0xff) return trimmed(new TextDecoder('utf-16be').decode(bytes));
  const marked = Buffer.from(bytes.subarray(0, 3)).equals(Buffer.of(0xef, 0xbb, 0xbf));
  const plain = Buffer.from(marked ? bytes.subarray(3) : bytes);
  const text = plain.toString('utf8');
  if (Buffer.from(text).equals(plain)) return trimmed(text);
  return Buffer.from(plain.toString('latin1').replace(/^[\t-\r ]+|[\t-\r ]+$/g, ''), 'latin1');
}

function trimmed(text: string): Buffer {
  return Buffer.from(text.replace(around, ''));
}
