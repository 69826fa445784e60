import { readFile } from 'node:fs/promises';
import type { Message } from '#foundation/language.ts';
import { raise } from '#repository/errors.ts';
import { bytePath } from '../byte-path.ts';
import { expandGlob } from './expand-glob.ts';
import { patternsOf, rawTargetsOf, targetPatternsOf, verbatimTargetsOf } from './list-text.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The patterns in files of `--exclude-file`, one after the other. @throws `repository.list-file` */
export async function readPatterns(files: readonly string[], env: Env): Promise<readonly Buffer[]> {
  const texts = await Promise.all(files.map(file => readFile(file).catch(unreadable(file))));
  return texts.flatMap(text => patternsOf(text, env));
}

/** Files that list targets; `-` is standard input. */
export interface TargetLists {
  /** `--files-from`: patterns of paths. */
  readonly patterns?: readonly string[] | undefined;
  /** `--files-from-verbatim`: paths, one a line. */
  readonly verbatim?: readonly string[] | undefined;
  /** `--files-from-raw`: paths, each ended by a zero byte. */
  readonly raw?: readonly string[] | undefined;
}

export interface ReadTargetsOptions {
  /** What relative patterns are relative to: absolute. */
  readonly base: Buffer;
  /** All of standard input. */
  readonly stdin: () => Promise<Buffer>;
}

export interface ListedTargets {
  readonly targets: readonly Buffer[];
  /** Patterns that nothing matches: to be said, not to be failed for. */
  readonly unmatched: readonly Buffer[];
}

/** The targets that lists name, in restic's order. @throws `repository.list-file`, `repository.bad-pattern` */
export async function readTargets(lists: TargetLists, options: ReadTargetsOptions): Promise<ListedTargets> {
  const { patterns = [], verbatim = [], raw = [] } = lists;
  const read = (file: string) => (file === '-' ? options.stdin() : readFile(file).catch(unreadable(file)));
  const targets: Buffer[] = [];
  const unmatched: Buffer[] = [];
  const base = bytePath(options.base);
  for (const file of patterns) {
    for (const pattern of targetPatternsOf(await read(file))) {
      const found = expandGlob(pattern, base);
      if (found === undefined) throw raise['bad-pattern']({ patterns: [pattern.toString()] });
      if (found.length === 0) unmatched.push(pattern);
      targets.push(...found);
    }
  }
  const lines = await Promise.all(verbatim.map(async file => verbatimTargetsOf(await read(file))));
  const names = await Promise.all(raw.map(async file => rawTargetsOf(await read(file)) ?? refuseRaw(file)));
  return { targets: [...targets, ...lines.flat(), ...names.flat()], unmatched };
}

function refuseRaw(file: string): never {
  throw raise['list-file']({ file, reason: notRaw });
}

const notRaw: Message = {
  en: () => 'each path must be ended by a zero byte, and none may be empty',
  ja: () => '各パスは NUL バイトで終わる必要があり、空のパスは指定できません',
};

function unreadable(file: string): (cause: NodeJS.ErrnoException) => never {
  return cause => {
    const reason = { en: () => cause.code ?? cause.message, ja: () => cause.code ?? cause.message };
    throw raise['list-file']({ file, reason }, { cause });
  };
}
