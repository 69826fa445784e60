import { displayWidth } from './width.ts';

/** What may not begin a line in Japanese, and what may not end one. */
const neverFirst = /^[、。，．,.:;!?)\]」』】〉》〕）ーァ-ォッャ-ョヮぁ-ぉっゃ-ょゎ々・]/;
const neverLast = /[(「『【〈《〔（[]$/;

/**
 * Breaks a text into lines of at most `width` columns: at spaces, and between wide characters, as Japanese is
 * broken. A word wider than the line stands alone. Indentation is kept on every line.
 */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap(line => wrapLine(line, width));
}

function wrapLine(text: string, width: number): string[] {
  const indent = /^ */.exec(text)?.[0] ?? '';
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces(text.slice(indent.length))) {
    if (line !== '' && indent.length + displayWidth(line) + displayWidth(piece.trimEnd()) > width) {
      lines.push(line);
      line = '';
    }
    line += piece;
  }
  return [...lines, line].map(each => (indent + each).trimEnd());
}

/** The parts between which a line may end; each carries the spaces behind it. */
function pieces(text: string): string[] {
  const parts: string[] = [];
  for (const part of text.match(/[\u3000-\u9fff\uff00-\uffef] *|[^\u3000-\u9fff\uff00-\uffef ]+ */gu) ?? []) {
    const before = parts.at(-1);
    if (before !== undefined && (neverFirst.test(part) || neverLast.test(before)) && !before.endsWith(' ')) {
      parts[parts.length - 1] = before + part;
    } else {
      parts.push(part);
    }
  }
  return parts;
}
