import { exitCodes } from '#foundation/errors.ts';
import type { Frame } from './context.ts';
import { globalFlags } from './global-flags.ts';
import { withHome } from './home-flags.ts';
import { makeContext } from './make-context.ts';
import type { Parsed } from './parse.ts';
import { lazyPrinter } from './progress/lazy.ts';

type Invocation = Extract<Parsed, { kind: 'run' }>;

/** Loads a command's code, runs it, shows what it returned and closes what it opened. Returns the exit code. */
export async function invoke({ globals: given, node, input }: Invocation, frame: Frame): Promise<number> {
  const { out, err, language, clock, env } = frame;
  const globals = withHome(globalFlags, given, env);
  const flags = withHome(node.spec.flags, input.flags, env);
  const mode = globals.quiet === true ? 'none' : (globals.progress ?? 'auto');
  const printer = lazyPrinter(mode, env, { stream: err, clock, language });
  process.once('exit', printer.stop);
  try {
    await using cleanup = new AsyncDisposableStack();
    const { run } = await node.load();
    const outcome = await run({ ...input, flags }, makeContext(globals, frame, printer, cleanup));
    await printer.ready();
    printer.stop();
    const { printOutcome } = await import('./output/print.ts');
    const format = globals.output ?? 'table';
    await printOutcome(outcome, { format, language, paint: frame.paint(out) }, { out, err });
    return exitCodes[outcome.exit ?? 'ok'];
  } finally {
    printer.stop();
    process.removeListener('exit', printer.stop);
  }
}
