import { describeThrown, HozonError } from '#foundation/errors.ts';
import { type Demo, demos } from './demos.ts';
import { Narrator } from './narrator.ts';

/**
 * `make demo DEMO=NAME`: one of the demonstrations, on real parts, told step by step. Exit code 1 where something failed or was
 * not as it should be; 2 where there is none of that name; 130 with Ctrl-C. Whatever it started is ended either way.
 */
async function tell(demo: Demo, signal: AbortSignal): Promise<number> {
  const terminal = process.stdout.isTTY && process.stderr.isTTY;
  const narrator = new Narrator({ write, colours: terminal });
  const { text, good } = await demo.tell({ narrator, terminal, signal });
  narrator.say('\nWhat was shown:');
  narrator.summary();
  narrator.say(`\n${text}`);
  return good ? 0 : 1;
}

function write(text: string): void {
  process.stdout.write(text);
}

function list(): string {
  const width = Math.max(...demos.map(({ name }) => name.length));
  return demos.map(({ name, summary }) => `${name.padEnd(width)}  ${summary}\n`).join('');
}

async function main(given: string | undefined): Promise<number> {
  if (given === '--list') {
    write(list());
    return 0;
  }
  const demo = given === undefined ? demos[0] : demos.find(({ name }) => name === given);
  if (demo !== undefined) return tell(demo, interrupted.signal);
  process.stderr.write(`There is no demo ${given}. There are:\n${list()}`);
  return 2;
}

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => {
    if (interrupted.signal.aborted) return;
    process.stderr.write(`\n${name}: ending everything that was started (usually 3 s)\n`);
    interrupted.abort(new Error(`stopped by ${name}`));
  });

try {
  process.exitCode = await main(process.argv[2]);
} catch (thrown) {
  process.exitCode = interrupted.signal.aborted ? 130 : 1;
  if (!interrupted.signal.aborted) process.stderr.write(`demo: ${describeThrown(thrown)}\n`);
  if (thrown instanceof HozonError) process.stderr.write(`${thrown.hint()}\n`);
}
