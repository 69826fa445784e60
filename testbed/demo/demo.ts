import { describeThrown, HozonError } from '#foundation/errors.ts';
import { Narrator } from './narrator.ts';
import { setScene } from './scene.ts';
import { Shell } from './shell.ts';
import { tellStory } from './story.ts';

/**
 * `make demo`: the main job on a real cluster, told step by step. Exit code 1 where something failed or where a difference
 * between the projects before and after has no explanation; 130 with Ctrl-C. Whatever it started is ended either way.
 */
async function demo(signal: AbortSignal): Promise<number> {
  const terminal = process.stdout.isTTY && process.stderr.isTTY;
  const write = (text: string): void => {
    process.stdout.write(text);
  };
  const narrator = new Narrator({ write, colours: terminal });
  narrator.say('Hozon backs up the projects of a real Kubernetes cluster, loses them, and brings them back.');
  narrator.say('Everything happens on this machine and is gone at the end. It takes about a minute.');
  const narrate = (line: string): void => narrator.say(line);
  await using scene = await narrator.chapter('A cluster and an S3 server', () =>
    setScene({ narrate, signal }),
  );
  const { home, cluster } = scene;
  const { kubeconfig, kubectl } = cluster;
  const output = (text: string): void => narrator.output(text);
  const shell = new Shell({ home, kubeconfig, kubectl, terminal, signal, output });
  const { unexplained } = await tellStory({ narrator, shell, scene, signal });
  narrator.say('\nWhat was shown:');
  narrator.summary();
  const verdict =
    unexplained === 0
      ? 'Every difference has its reason.'
      : `${unexplained} differences have NO reason: see above.`;
  narrator.say(`\n${verdict}`);
  return unexplained === 0 ? 0 : 1;
}

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => {
    if (interrupted.signal.aborted) return;
    process.stderr.write(`\n${name}: ending everything that was started (usually 3 s)\n`);
    interrupted.abort(new Error(`stopped by ${name}`));
  });

try {
  process.exitCode = await demo(interrupted.signal);
} catch (thrown) {
  process.exitCode = interrupted.signal.aborted ? 130 : 1;
  if (!interrupted.signal.aborted) process.stderr.write(`demo: ${describeThrown(thrown)}\n`);
  if (thrown instanceof HozonError) process.stderr.write(`${thrown.hint()}\n`);
}
