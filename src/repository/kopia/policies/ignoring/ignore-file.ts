import type { BytePath } from '../../../trees/byte-path.ts';
import { trimmed } from './runes.ts';

/** Longer lines end the reading, silently, as there: a line with its end must fit into Go's largest buffer. */
const longestLine = 64 * 1024 - 1;

/** The rules in a file such as `.kopiaignore`: its lines but comments and empty ones. */
export function ignoreLines(content: Uint8Array): BytePath[] {
  const text = Buffer.from(content.buffer, content.byteOffset, content.length).toString('latin1');
  const lines: BytePath[] = [];
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf('\n', at);
    const end = newline === -1 ? text.length : newline;
    if (end - at > longestLine) break;
    const line = text.slice(at, text.charCodeAt(end - 1) === 0x0d && end > at ? end - 1 : end);
    if (!line.startsWith('#') && trimmed(line) !== '') lines.push(line);
    at = end + 1;
  }
  return lines;
}
