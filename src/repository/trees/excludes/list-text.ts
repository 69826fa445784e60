import type { BytePath } from '../byte-path.ts';
import { bytePath, pathBytes } from '../byte-path.ts';

/** The lines of a text file: of UTF-8, of UTF-16 that says so, or of any bytes; without their ends. */
export function linesOf(file: Buffer): readonly Buffer[] {
  const text = bytePath(decoded(file));
  const lines = text.split('\n').map(line => line.replace(/\r$/, ''));
  if (lines.at(-1) === '') lines.pop();
  return lines.map(pathBytes);
}

/** Without its byte order mark, and as UTF-8 where that tells another encoding. */
function decoded(file: Buffer): Buffer {
  const mark = file.toString('latin1', 0, 3);
  if (mark === '\xef\xbb\xbf') return file.subarray(3);
  if (mark.startsWith('\xff\xfe')) return Buffer.from(new TextDecoder('utf-16le').decode(file));
  if (mark.startsWith('\xfe\xff')) return Buffer.from(new TextDecoder('utf-16be').decode(file));
  return file;
}

/**
 * The patterns in a file of `--exclude-file`: lines that are neither empty nor comments (`#`), with `$NAME` and `${NAME}` replaced by
 * the environment's values, and `$$` by a dollar.
 */
export function patternsOf(
  file: Buffer,
  env: Readonly<Record<string, string | undefined>>,
): readonly Buffer[] {
  return meantLines(file).map(line => pathBytes(expand(line, env)));
}

/** The patterns in a file of `--files-from`: lines that are neither empty nor comments. */
export function targetPatternsOf(file: Buffer): readonly Buffer[] {
  return meantLines(file).map(pathBytes);
}

/** The targets in a file of `--files-from-verbatim`: its lines but the empty ones. */
export function verbatimTargetsOf(file: Buffer): readonly Buffer[] {
  return linesOf(file).filter(line => line.length > 0);
}

/** The targets in a file of `--files-from-raw`, each ended by a zero byte; `undefined` where one is empty or has no end. */
export function rawTargetsOf(file: Buffer): readonly Buffer[] | undefined {
  const names = bytePath(file).split('\0');
  if (names.pop() !== '' || names.includes('')) return undefined;
  return names.map(pathBytes);
}

function meantLines(file: Buffer): readonly BytePath[] {
  return linesOf(file)
    .map(line => trimmed(bytePath(line)))
    .filter(line => line !== '' && !line.startsWith('#'));
}

/** The bytes of what Unicode calls white space. */
const space =
  '(?:[\\t-\\r ]|\\xc2[\\x85\\xa0]|\\xe1\\x9a\\x80|\\xe2\\x80[\\x80-\\x8a\\xa8\\xa9\\xaf]|\\xe2\\x81\\x9f|\\xe3\\x80\\x80)';
const spaceBefore = new RegExp(`^${space}+`);
const spaceBehind = new RegExp(`${space}+$`);

function trimmed(line: BytePath): BytePath {
  return line.replace(spaceBefore, '').replace(spaceBehind, '');
}

/** As Go's `os.Expand` reads them: `${` that does not name anything disappears, a lone `$` stays. */
const variable = /\$(\{[^}]+\}|\{\}?|[*#$@!?\-0-9]|\w+)/g;

function expand(line: BytePath, env: Readonly<Record<string, string | undefined>>): BytePath {
  return line.replaceAll(variable, (_, written: string) => {
    const name = written.replaceAll(/^\{|\}$/g, '');
    return name === '$' ? '$' : bytePath(Buffer.from(env[name] ?? ''));
  });
}
