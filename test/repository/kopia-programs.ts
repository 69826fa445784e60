import assert from 'node:assert/strict';
import { type Kopia, stockKopia } from '#testbed/kopia.ts';
import { hozonOn } from './hozon.ts';

export const kopiaPassword = 'kopia-interop';

/** What works on kopia repositories: kopia, or Hozon. */
export interface KopiaProgram {
  readonly name: string;
  /** Makes a repository in a directory, with flags that both have. */
  create(place: string, options?: RepositoryChoices): Promise<void>;
  /** Works on the repository in a directory. */
  on(place: string): Promise<KopiaProgramOn>;
}

/** Names of kopia's; what it chooses itself without them. */
export interface RepositoryChoices {
  readonly hash?: string;
  readonly encryption?: string;
  readonly splitter?: string;
}

/** A snapshot, and the object that its root is. */
export interface KopiaTaken {
  readonly id: string;
  readonly root: string;
}

/** A program, working on the repository in a directory. */
export interface KopiaProgramOn extends AsyncDisposable {
  /** Whether what it restores has the times of all entries as they were. */
  readonly keepsTimes: boolean;
  snapshot(source: string): Promise<KopiaTaken>;
  /** Reads every byte. @throws where anything is wrong */
  verify(): Promise<void>;
  /** Restores what is in a snapshot's root into a directory. */
  restore(id: string, target: string): Promise<void>;
  delete(id: string): Promise<void>;
  /** Removes what the policies do not keep. */
  expire(): Promise<void>;
  /** The full one, for who has the repository alone. */
  maintain(): Promise<void>;
  /** Ids of all snapshots. */
  list(): Promise<readonly string[]>;
}

export const hozon: KopiaProgram = {
  name: 'Hozon',
  create: async (place, { hash, encryption, splitter } = {}) => {
    const flag = (name: string, value: string | undefined): string[] =>
      value === undefined ? [] : [`--${name}`, value];
    const choices = [...flag('hash', hash), ...flag('encryption', encryption), ...flag('splitter', splitter)];
    await hozonOn(place, kopiaPassword).run(['init', '--format', 'kopia', ...choices]);
  },
  on: async place => hozonProgram(place),
};

export const kopia: KopiaProgram = {
  name: 'kopia',
  create: async (place, { hash, encryption, splitter } = {}) => {
    await using program = await kopiaFor(place);
    const flag = (name: string, value: string | undefined): string[] =>
      value === undefined ? [] : [`--${name}=${value}`];
    await program.create([
      ...flag('block-hash', hash),
      ...flag('encryption', encryption),
      ...flag('object-splitter', splitter),
    ]);
  },
  on: async place => {
    const program = await kopiaFor(place);
    await program.connect();
    return kopiaProgram(program);
  },
};

/** The real kopia with the repository in a directory; not connected yet. */
export function kopiaFor(place: string): Promise<Kopia> {
  return stockKopia({ storage: { path: place }, password: kopiaPassword });
}

interface Listed {
  readonly id: string;
  readonly rootEntry: { readonly obj: string };
}

function hozonProgram(place: string): KopiaProgramOn {
  const { run } = hozonOn(place, kopiaPassword);
  return {
    keepsTimes: true,
    snapshot: async source => {
      const made = JSON.parse(await run(['snapshot', source, '-o', 'json'])) as Listed;
      return { id: made.id, root: made.rootEntry.obj };
    },
    verify: async () => void (await run(['check', '--read-data'])),
    restore: async (id, target) => void (await run(['restore', id, '--target', target])),
    delete: async id => void (await run(['forget', id, '--confirm'])),
    expire: async () => void (await run(['forget', '--confirm'])),
    maintain: async () => void (await run(['maintenance', 'run', '--full', '--safety', 'none'])),
    list: async () => {
      const { items } = JSON.parse(await run(['snapshots', '-o', 'json'])) as { items: readonly Listed[] };
      return items.map(({ id }) => id);
    },
    async [Symbol.asyncDispose]() {},
  };
}

function kopiaProgram(program: Kopia): KopiaProgramOn {
  const { run } = program;
  return {
    keepsTimes: false,
    snapshot: async source => {
      const made = (await program.json(['snapshot', 'create', source])) as Listed;
      return { id: made.id, root: made.rootEntry.obj };
    },
    verify: async () => {
      await run(['snapshot', 'verify', '--verify-files-percent=100']);
      await run(['content', 'verify', '--full']);
    },
    restore: async (id, target) => void (await run(['snapshot', 'restore', id, target])),
    delete: async id => void (await run(['snapshot', 'delete', id, '--delete'])),
    expire: async () => void (await run(['snapshot', 'expire', '--all', '--delete'])),
    maintain: async () => void (await run(['maintenance', 'run', '--full', '--safety=none'])),
    list: async () => {
      const all = (await program.json(['snapshot', 'list', '--all', '--incomplete'])) as readonly Listed[];
      return all.map(({ id }) => id);
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

/** Fails unless both find the same snapshots. */
export async function assertSameSnapshots(one: KopiaProgramOn, other: KopiaProgramOn): Promise<void> {
  assert.deepEqual((await one.list()).toSorted(), (await other.list()).toSorted());
}
