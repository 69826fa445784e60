import { exitCodes } from '#foundation/errors.ts';
import { type Language, languageOf } from '#foundation/language.ts';
import { commandTree } from './commands.ts';
import type { Surroundings } from './context.ts';
import { exitCodeOf, finalError, reportError } from './error-report.ts';
import { invoke } from './invoke.ts';
import { write } from './output/print.ts';
import { type Paint, paintFor } from './output/style.ts';
import { parse } from './parse.ts';
import { peek } from './peek.ts';
import { isNoun } from './spec.ts';

const widestHelp = 110;

/** Runs one command line from its words to its exit code. Never rejects. */
export async function run(surroundings: Surroundings): Promise<number> {
  const { argv, env, out, err, signal } = surroundings;
  const early = peek(argv);
  const language = languageFor(early.lang, env);
  const paint = (stream: typeof out): Paint => paintFor(stream, env, early.color);
  try {
    const parsed = parse(argv, commandTree);
    if (parsed.kind === 'run')
      return await invoke(parsed, { ...surroundings, language, tree: commandTree, paint });
    const { renderHelp } = await import('./help.ts');
    const width = Math.min(out.columns ?? widestHelp, widestHelp);
    const shown =
      parsed.node === undefined || isNoun(parsed.node) || !parsed.node.spec.hidden ? parsed.node : undefined;
    await write(out, renderHelp(parsed.path, shown, commandTree, { language, width, paint: paint(out) }));
    return exitCodes.ok;
  } catch (thrown) {
    const error = finalError(thrown, signal);
    const json = early.output === 'json' || early.progress === 'json';
    await write(err, reportError(error, { language, json, verbose: early.verbose, paint: paint(err) }));
    return exitCodeOf(error);
  }
}

/** The language asked for by flag, else by the environment. */
export function languageFor(flag: string | undefined, env: Surroundings['env']): Language {
  return flag === 'ja' || flag === 'en' ? flag : languageOf(env);
}
