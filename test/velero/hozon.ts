import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type RunResult, run } from '#testbed/processes.ts';

const main = resolve(import.meta.dirname, '../../src/cli/main.ts');

/** `hozon` as a process, in a home of its own; its location is the BackupStorageLocation of a Velero. */
export interface Hozon extends AsyncDisposable {
  /** For files that it writes. */
  readonly home: string;
  /** Runs `hozon WORDS…`; resolves whatever its exit code is. */
  cli(...words: string[]): Promise<RunResult>;
}

export async function hozonBeside(cluster: { kubeconfig: string }, namespace: string): Promise<Hozon> {
  const home = await mkdtemp(join(tmpdir(), 'hozon-beside-'));
  const flags = ['--kubeconfig', cluster.kubeconfig, '--namespace', namespace, '--quiet'];
  return {
    home,
    cli: (...words) =>
      run([process.execPath, main, ...words, ...flags], {
        cwd: home,
        env: { HOME: home, LANG: 'C.UTF-8', KUBECONFIG: '' },
      }),
    [Symbol.asyncDispose]: () => rm(home, { recursive: true }),
  };
}
