import { randomBytes } from 'node:crypto';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type IndexedRepository, loadIndex } from '#repository/restic/access/indexed.ts';
import { openRestic } from '#repository/restic/access/open.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { faulty } from '#storage/testing/faulty.ts';
import type { Restic } from '#testbed/restic.ts';
import { makeQuickRepository, quickPassword } from './quick-repository.ts';

export const password = quickPassword;

/**
 * Three backups of a directory by restic, between which files change, come and go; then the first two are
 * forgotten. Packs are whole unused, used in part, and used.
 */
export async function makeHistory(restic: Restic, source: string): Promise<void> {
  await makeQuickRepository(new FilesystemStore(restic.repository));
  await mkdir(join(source, 'below/it'), { recursive: true });
  await writeFile(join(source, 'gone'), randomBytes(3_000_000));
  await restic.run(['backup', '.'], { cwd: source });
  await rm(join(source, 'gone'));
  for (let number = 0; number < 6; number++) {
    await writeFile(join(source, `below/changing ${number}`), randomBytes(200_000));
    await writeFile(join(source, `below/it/lasting ${number}`), `${number} `.repeat(50_000));
  }
  await restic.run(['backup', '.'], { cwd: source });
  for (let number = 0; number < 5; number++) {
    await writeFile(join(source, `below/changing ${number}`), randomBytes(100_000));
  }
  await restic.run(['backup', '.'], { cwd: source });
  await restic.run(['forget', '--keep-last', '1']);
}

/** The repository in a directory. */
export async function opened(place: string | ObjectStore): Promise<IndexedRepository> {
  const store = typeof place === 'string' ? new FilesystemStore(place) : place;
  return loadIndex(await openRestic(store, { password: Buffer.from(password) }));
}

/** Bytes of all packs. */
export async function packBytes(place: string): Promise<number> {
  let size = 0;
  for await (const info of new FilesystemStore(place).list('data/')) size += info.size;
  return size;
}

/** Names of the files in a directory of a repository. */
export async function namesIn(place: string, folder: string): Promise<readonly string[]> {
  const files = await Array.fromAsync(new FilesystemStore(place).list(`${folder}/`));
  return files.map(({ key }) => basename(key));
}

/** A store whose process dies when the change number `at`, from 1, has been made: everything fails then. */
export function dyingAfterChange(
  inner: ObjectStore,
  at: number,
): { store: ObjectStore; died: () => boolean } {
  const error = new Error('the process is dead');
  let changes = 0;
  let dead = false;
  const store = faulty(inner, ({ operation }) => {
    if (dead) return { kind: 'before', error };
    if (operation !== 'put' && operation !== 'delete' && operation !== 'putIfAbsent') return undefined;
    changes++;
    dead = changes === at;
    return dead ? { kind: 'after', error } : undefined;
  });
  return { store, died: () => dead };
}

/**
 * Lets work on a copy of a repository die after its first change, its second, and so on until it is done; each time
 * `then` looks at what is left.
 */
export async function afterEveryChange(
  original: string,
  work: (store: ObjectStore) => Promise<void>,
  then: (place: string, at: number) => Promise<void>,
): Promise<number> {
  const place = `${original}-dying`;
  for (let at = 1; ; at++) {
    await cp(original, place, { recursive: true, preserveTimestamps: true });
    const { store, died } = dyingAfterChange(new FilesystemStore(place), at);
    const failed = await work(store).then(
      () => false,
      () => true,
    );
    if (failed !== died()) throw new Error(`the work ${failed ? 'failed' : 'succeeded'} at change ${at}`);
    await then(place, at);
    await rm(place, { recursive: true });
    if (!died()) return at - 1;
  }
}
