import type { BytePath } from '#repository/trees/byte-path.ts';
import { patternList } from '#repository/trees/excludes/patterns.ts';
import { readPatterns } from '#repository/trees/excludes/read-lists.ts';
import { expandHome } from '../../config/path.ts';
import type { Context, Env } from '../../context.ts';
import type { FlagValues } from '../../spec.ts';
import type { excluding } from './specs/patterns.ts';

/** `undefined` where no pattern is given. */
export async function excludesOf(
  flags: FlagValues<typeof excluding>,
  { env }: Pick<Context, 'env'>,
): Promise<((path: BytePath) => boolean) | undefined> {
  const plain = await patternsOf(flags.exclude, flags.excludeFile, env);
  const ignoringCase = await patternsOf(flags.iexclude, flags.iexcludeFile, env);
  if (plain.length + ignoringCase.length === 0) return undefined;
  const lists = [patternList(plain), patternList(ignoringCase, { ignoreCase: true })];
  return path => lists.some(list => list.matches(path));
}

async function patternsOf(
  patterns: readonly string[] = [],
  files: readonly string[] = [],
  env: Env,
): Promise<readonly Buffer[]> {
  const read = await readPatterns(
    files.map(file => expandHome(file, env)),
    env,
  );
  return [...patterns.map(pattern => Buffer.from(pattern)), ...read];
}
