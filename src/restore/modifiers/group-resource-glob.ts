/**
 * The patterns of a modifier's `groupResource`, which are gobwas/glob's with `.` as separator: `*` any run of characters
 * but a dot, `**` any run, `?` one character but a dot, `[a-z]` and `[!a-z]`, `{a,b}`. `undefined` for text that is no
 * pattern.
 */
export function groupResourceGlob(pattern: string): RegExp | undefined {
  if (pattern.length > 512) return undefined;
  let source = '';
  let braces = 0;
  for (const [token] of pattern.matchAll(/\*\*|\\.|\[!?[^\]]+\]|./gs)) {
    if (token === '{') braces++;
    if (token === '}') braces--;
    if (braces < 0 || braces > 1 || token === '[' || token === ']') return undefined;
    source += translate(token, braces > 0);
  }
  return braces === 0 ? new RegExp(`^(?:${source})$`) : undefined;
}

function translate(token: string, inBraces: boolean): string {
  if (token === '**') return '.*';
  if (token === '*') return '[^.]*';
  if (token === '?') return '[^.]';
  if (token === '{') return '(?:';
  if (token === '}') return ')';
  if (token === ',' && inBraces) return '|';
  if (token.startsWith('[')) return characterClass(token.slice(1, -1));
  return escape(token.startsWith('\\') ? token.slice(1) : token);
}

function characterClass(content: string): string {
  const negated = content.startsWith('!');
  const characters = (negated ? content.slice(1) : content).replaceAll(/[\\^\]]/g, '\\$&');
  return `[${negated ? '^' : ''}${characters}]`;
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
