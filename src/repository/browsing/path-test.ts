import { unquoteName } from '../format/go-quote.ts';
import { bytePath } from '../trees/byte-path.ts';
import { patternList } from '../trees/excludes/patterns.ts';

/** Which paths are looked for. */
export interface PathTest {
  /** What is below a directory that matches does so too. */
  matches(path: Buffer): boolean;
  /** Whether anything below a directory may match. */
  mayMatchBelow(path: Buffer): boolean;
  /** Whether it depends on an entry's own name alone, and not on the directories above it. */
  readonly byNameAlone: boolean;
}

/**
 * Patterns as `restic find` has them: a path matches if it, or a directory above it, is one that a pattern means. A name
 * that is no UTF-8 can be given as listings escape it (`\xff`).
 *
 * @throws `repository.bad-pattern`
 */
export function pathTest(
  patterns: readonly string[],
  { ignoreCase = false }: { readonly ignoreCase?: boolean } = {},
): PathTest {
  const list = patternList(patterns.flatMap(bytesOf), { ignoreCase });
  return {
    matches: path => list.matches(bytePath(path)),
    mayMatchBelow: path => list.mayMatchBelow(bytePath(path)),
    byNameAlone: patterns.every(pattern => !/\/|\*\*/.test(pattern)),
  };
}

/** In patterns a backslash keeps what follows from being one, so that only bytes beyond ASCII are taken for escaped ones. */
function bytesOf(pattern: string): readonly Uint8Array[] {
  const literal = Buffer.from(pattern.replace(/^!/, ''));
  if (!/\\x[89a-fA-F][0-9a-fA-F]/.test(pattern)) return [literal];
  const parts = pattern.split(/(\\x[89a-fA-F][0-9a-fA-F])/);
  const bytes = parts.map((part, at) =>
    at % 2 === 1 ? (unquoteName(part) ?? Buffer.from(part)) : Buffer.from(part),
  );
  return [literal, Buffer.concat(bytes)];
}
