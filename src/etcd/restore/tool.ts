import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type Message, say } from '#foundation/language.ts';
import { raise } from '../errors.ts';

/** A program of etcd's own that restores snapshots. */
export interface RestoreTool {
  /** Its path. */
  readonly program: string;
  readonly kind: 'etcdutl' | 'etcdctl';
  /** `3.6.8`. */
  readonly version: string;
  /** Whether it knows `--bump-revision`: from 3.5.21 on. */
  readonly canBump: boolean;
}

export interface FindTool {
  /** What the person named: a path, or a name on the PATH. */
  readonly given?: string | undefined;
  readonly path?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The program that is named, else the `etcdutl` or the `etcdctl` on the PATH.
 *
 * @throws `etcd.restore-tool-missing`, `etcd.restore-tool-unfit`
 */
export async function findRestoreTool({ given, path = '', signal }: FindTool): Promise<RestoreTool> {
  const names = given === undefined ? ['etcdutl', 'etcdctl'] : [given];
  for (const name of names) {
    const program = await onPath(name, path);
    if (program !== undefined) return toolAt(program, signal);
  }
  throw raise['restore-tool-missing']({ program: names.join(', ') });
}

async function onPath(name: string, path: string): Promise<string | undefined> {
  const places = name.includes('/')
    ? [name]
    : path
        .split(delimiter)
        .filter(directory => directory !== '')
        .map(directory => join(directory, name));
  for (const place of places) {
    const isThere = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return place;
  }
  return undefined;
}

async function toolAt(program: string, signal: AbortSignal | undefined): Promise<RestoreTool> {
  const said = await runTool({ program, words: ['version'], signal });
  const found = /^(etcdutl|etcdctl) version: v?(\d+\.\d+\.\d+)/m.exec(said.output);
  if (found === null) throw raise['restore-tool-unfit']({ program, reason: reasons.notEtcd });
  const [, kind, version] = found as unknown as [string, RestoreTool['kind'], string];
  const help = await runTool({ program, words: ['snapshot', 'restore', '--help'], signal });
  // etcdctl 3.6 answers with the help of `snapshot`, which it has no `restore` in.
  if (!help.output.includes('--initial-cluster-token')) {
    throw raise['restore-tool-unfit']({ program, reason: reasons.noRestore });
  }
  return { program, kind, version, canBump: help.output.includes('--bump-revision') };
}

/**
 * Refuses a program that is older than what wrote the snapshot: its etcd would not know what is in it; and one that
 * cannot change revisions where that is asked.
 *
 * @param written the version in the snapshot, where it says one: `3.6.0`
 * @throws `etcd.restore-tool-unfit`
 */
export function requireFit(tool: RestoreTool, written: string | undefined, isBumped: boolean): void {
  const { program, version } = tool;
  if (written !== undefined && minorOf(version) < minorOf(written)) {
    throw raise['restore-tool-unfit']({ program, reason: reasons.older(version, written) });
  }
  if (isBumped && !tool.canBump)
    throw raise['restore-tool-unfit']({ program, reason: reasons.noBump(version) });
}

/** 3006 of `3.6.8`: versions whose formats are the same have the same. */
export function minorOf(version: string): number {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return 1000 * major + minor;
}

export interface ToolRun {
  readonly program: string;
  readonly words: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** What a run said, on stdout and stderr, and how it ended: its exit code, or the signal that ended it. */
export interface ToolAnswer {
  readonly output: string;
  readonly ending: number | string;
}

/** Runs the program with nothing of the environment but what it needs. Rejects with the signal's reason where that aborts. */
export async function runTool({ program, words, signal }: ToolRun): Promise<ToolAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ToolAnswer>();
  const env = { ETCDCTL_API: '3', LANG: 'C.UTF-8' };
  const options = { env, maxBuffer: 16 * 1024 * 1024, killSignal: 'SIGKILL' as const };
  const child = execFile(program, words, options, (cause, stdout, stderr) => {
    if (signal?.aborted === true) reject(signal.reason as Error);
    else if (cause !== null && typeof cause.code === 'string') reject(cause);
    else resolve({ output: `${stdout}${stderr}`, ending: cause?.code ?? cause?.signal ?? 0 });
  });
  const end = (): boolean => child.kill('SIGKILL');
  signal?.addEventListener('abort', end, { once: true });
  if (signal?.aborted === true) end();
  return promise.finally(() => signal?.removeEventListener('abort', end));
}

const reasons = {
  notEtcd: say('it is neither etcdutl nor etcdctl', 'etcdutl でも etcdctl でもありません'),
  noRestore: say(
    'from 3.6 on etcdctl restores no snapshots, and etcdutl does',
    'etcd 3.6 以降の etcdctl には復元機能がありません。etcdutl を使用します',
  ),
  older: (version: string, written: string): Message =>
    say(
      `it is of etcd ${version}, and the snapshot is of ${written}`,
      `etcd ${version} のプログラムですが、スナップショットは etcd ${written} のものです`,
    ),
  noBump: (version: string): Message =>
    say(
      `${version} knows no --bump-revision, which etcd has from 3.5.21 on`,
      `${version} は --bump-revision に対応していません (etcd 3.5.21 以降で使用できます)`,
    ),
} as const;
