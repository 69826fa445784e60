/** Where the nodes of a tree's text are, and what they are called. */
export interface NodeSpan {
  /** The name as it stands there, with its quotes. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** What the text of a tree begins with; its first node is behind it. */
export const treeHead = '{"nodes":[';
/** Behind the last node. */
export const treeEnd = ']}\n';

const nodeHead = '{"name":';
const quote = 0x22;

/**
 * The nodes in the text of a tree that restic or Hozon wrote: nothing of them is parsed but strings, brackets and names. Of a text
 * that is spelled otherwise (members in another order, space between them), `undefined`.
 */
export function nodeSpans(text: string): NodeSpan[] | undefined {
  if (!text.startsWith(treeHead)) return undefined;
  const spans: NodeSpan[] = [];
  let at = treeHead.length;
  if (text.charCodeAt(at) === closingBracket) return spans;
  for (;;) {
    const nameAt = at + nodeHead.length;
    if (!text.startsWith(nodeHead, at) || text.charCodeAt(nameAt) !== quote) return undefined;
    const end = endOfObject(text, at);
    if (end === undefined) return undefined;
    spans.push({ name: text.slice(nameAt, endOfString(text, nameAt)), start: at, end });
    const next = text.charCodeAt(end);
    if (next === closingBracket) return spans;
    if (next !== comma) return undefined;
    at = end + 1;
  }
}

const [comma, openBrace, closingBrace, closingBracket, backslash] = [0x2c, 0x7b, 0x7d, 0x5d, 0x5c];

/** Behind the brace that closes the object which begins there. */
function endOfObject(text: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at) - 1;
    else if (code === openBrace) depth++;
    else if (code === closingBrace && --depth === 0) return at + 1;
  }
  return undefined;
}

/** Behind the quote that closes the string which begins there; the end of the text where none does. */
export function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === backslash) escapes++;
    if (escapes % 2 === 0) return at + 1;
  }
  return text.length;
}
