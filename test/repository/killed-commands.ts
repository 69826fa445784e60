import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { type Restic, stockRestic } from '#testbed/restic.ts';
import { makeQuickRepository, quickPassword } from './quick-repository.ts';
import { type Facts, factsOf } from './same-trees.ts';

const main = resolve(import.meta.dirname, '../../src/cli/main.ts');

/** A snapshot, and what it holds. */
export interface Taken {
  readonly id: string;
  readonly facts: Map<string, Facts>;
}

/**
 * A repository with a history that gives every command something to do: three snapshots by restic of a directory whose files
 * came, went and changed, in packs of 4 MiB; the directory has meanwhile changed once more.
 */
export class History {
  readonly place: string;
  readonly source: string;
  readonly taken: Taken[] = [];

  private constructor(directory: string) {
    this.place = join(directory, 'repository');
    this.source = join(directory, 'source');
  }

  static async in(directory: string): Promise<History> {
    const history = new History(directory);
    await makeQuickRepository(new FilesystemStore(history.place));
    await using restic = await resticOn(history.place);
    await mkdir(join(history.source, 'below/it'), { recursive: true });
    for (let number = 0; number < 3; number++) {
      await changeSource(history.source, number);
      await restic.run(['backup', history.source, '--pack-size', '4']);
      const [{ id }] = JSON.parse(await restic.run(['snapshots', 'latest', '--json'])) as [{ id: string }];
      history.taken.push({ id, facts: await factsOf(history.source) });
    }
    await changeSource(history.source, 3);
    return history;
  }
}

/** The change number 0, 1, 2 or 3 of a directory: some files come, some go, some are other than before. */
export async function changeSource(source: string, number: number): Promise<void> {
  await rm(join(source, `below/large ${number - 1}`), { force: true });
  await writeFile(join(source, `below/large ${number}`), randomBytes(6_000_000));
  for (let file = 0; file < 40; file++) {
    if (file % 4 === number) await writeFile(join(source, `below/it/${file}`), randomBytes(120_000));
    else await writeFile(join(source, `below/it/${file} of ${number}`), `${file} `.repeat(1000));
  }
}

export async function resticOn(place: string): Promise<Restic> {
  return stockRestic({ repository: place, password: quickPassword, version: 'new' });
}

/** A process of `hozon repo`. */
export interface Command {
  readonly child: ChildProcess;
  readonly ended: Promise<[code: number | null, signal: NodeJS.Signals | null]>;
  readonly errors: Promise<string>;
}

/** Starts `hozon repo WORDS` as a process. */
export function startCommand(
  repository: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Command {
  const child = spawn(process.execPath, [main, 'repo', ...words, '--progress', 'none'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      RESTIC_REPOSITORY: repository,
      RESTIC_PASSWORD: quickPassword,
      RESTIC_FROM_PASSWORD: quickPassword,
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  return { child, ended, errors: text(child.stderr) };
}

export interface Running extends Command {
  /** Changes of the repository's directory that were seen so far. */
  readonly changes: () => number;
  /** Resolves at the nth change. */
  readonly changed: Promise<void>;
}

export interface StartOptions {
  /** Which change {@link Running.changed} waits for. */
  readonly nth?: number;
  /** More of its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** {@link startCommand} on a repository in a directory, whose changes are counted. */
export function start(
  place: string,
  words: readonly string[],
  { nth = Infinity, env }: StartOptions = {},
): Running {
  const { promise: changed, resolve: seen } = Promise.withResolvers<void>();
  let count = 0;
  const watcher = watch(place, { recursive: true }, () => {
    count++;
    if (count >= nth) seen();
  });
  watcher.on('error', (thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'ENOENT') throw thrown; // else it is gone again before it could be watched
  });
  const command = startCommand(place, words, env);
  const close = (): void => watcher.close();
  command.ended.then(close, close);
  return { ...command, changes: () => count, changed };
}

/** Runs it to its end. */
export async function succeed(
  place: string,
  words: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<{ changes: number; milliseconds: number }> {
  const begun = performance.now();
  const running = start(place, words, env === undefined ? {} : { env });
  const [code] = await running.ended;
  assert.equal(code, 0, await running.errors);
  return { changes: running.changes(), milliseconds: performance.now() - begun };
}

/** Where in a run that changes so much it is to be killed: rounds fall into parts of it, one after the other. */
export function momentOf(round: number, { changes, kills }: { changes: number; kills: number }): number {
  return 1 + Math.floor(((round + Math.random()) * changes) / Math.max(kills, 2));
}

/** Kills a command when its repository has changed so often, every other time a little later. Whether it was still running. */
export async function killLater(
  running: Running,
  { round, milliseconds }: { round: number; milliseconds: number },
): Promise<boolean> {
  await Promise.race([running.changed, running.ended]);
  if (round % 2 === 1) await Promise.race([delay((Math.random() * milliseconds) / 4), running.ended]);
  return kill(running);
}

/** Kills a process as nothing can defend itself against, and waits until it is gone. Whether it was still running. */
export async function kill({ child, ended }: Command): Promise<boolean> {
  child.kill('SIGKILL');
  const [, signal] = await ended;
  return signal === 'SIGKILL';
}
