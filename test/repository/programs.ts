import { type ResticVersion, resticVersions, stockRestic } from '#testbed/restic.ts';
import { hozonOn } from './hozon.ts';
import { quickPassword } from './quick-repository.ts';

/** What works on repositories: restic of either version, or Hozon. */
export interface Program {
  readonly name: string;
  /** What it keeps of symlinks: see `every-entry.ts`. */
  readonly version: ResticVersion;
  on(place: string): Promise<ProgramOn>;
}

/** A program, working on the repository in a directory. */
export interface ProgramOn extends AsyncDisposable {
  /** Takes a snapshot; its id. */
  backup(source: string, flags?: readonly string[]): Promise<string>;
  /** Reads every byte. @throws where anything is wrong */
  check(): Promise<void>;
  /** Restores a snapshot below a directory, under the whole path that was stored. */
  restore(id: string, target: string, flags?: readonly string[]): Promise<void>;
  forget(id: string): Promise<void>;
  prune(): Promise<void>;
  /** Makes indexes for the packs that are there. */
  repairIndex(): Promise<void>;
  /** Copies every snapshot of the repository in another directory into this one. */
  copyFrom(place: string): Promise<void>;
}

const fromPassword = { RESTIC_FROM_PASSWORD: quickPassword };

/** Hozon, as `version` restic sees it: what that can keep. */
export function hozonFor(version: ResticVersion): Program {
  return { name: 'Hozon', version, on: async place => hozonProgram(place) };
}

export const restics: readonly Program[] = resticVersions.map(version => ({
  name: `${version} restic`,
  version,
  on: async place => resticProgram(place, version),
}));

function hozonProgram(place: string): ProgramOn {
  const { run } = hozonOn(place);
  return {
    async backup(source, flags = []) {
      const made = JSON.parse(await run(['snapshot', source, ...flags, '-o', 'json'])) as { id: string };
      return made.id;
    },
    check: async () => void (await run(['check', '--read-data'])),
    restore: async (id, target, flags = []) =>
      void (await run(['restore', id, '--target', target, ...flags])),
    forget: async id => void (await run(['forget', id, '--confirm'])),
    prune: async () => void (await run(['prune', '--max-unused', '0'])),
    repairIndex: async () => void (await run(['repair', 'index'])),
    copyFrom: async from => void (await run(['copy', '--from-repo', from], { env: fromPassword })),
    async [Symbol.asyncDispose]() {},
  };
}

async function resticProgram(place: string, version: ResticVersion): Promise<ProgramOn> {
  const restic = await stockRestic({ repository: place, password: quickPassword, version });
  const { run } = restic;
  const repair = version === 'debian' ? ['rebuild-index'] : ['repair', 'index'];
  return {
    async backup(source, flags = []) {
      const said = (await run(['backup', source, ...flags, '--json'])).trim().split('\n').at(-1) ?? '';
      const [found] = JSON.parse(
        await run(['snapshots', (JSON.parse(said) as { snapshot_id: string }).snapshot_id, '--json']),
      ) as [{ id: string }];
      return found.id;
    },
    check: async () => void (await run(['check', '--read-data'])),
    restore: async (id, target, flags = []) =>
      void (await run(['restore', id, '--target', target, ...flags])),
    forget: async id => void (await run(['forget', id])),
    prune: async () => void (await run(['prune', '--max-unused', '0'])),
    repairIndex: async () => void (await run(repair)),
    copyFrom: async from => void (await run(['copy', '--from-repo', from], { env: fromPassword })),
    [Symbol.asyncDispose]: () => restic[Symbol.asyncDispose](),
  };
}
