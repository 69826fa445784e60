import type { Message } from '#foundation/language.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { type CheckFinding, fileFinding } from '../../checking/check-finding.ts';
import { isDamage } from '../access/blobs.ts';
import { keyOf } from '../access/files.ts';
import { lockIds, readLock } from '../access/lock-file.ts';
import type { OpenRepository } from '../access/open.ts';
import { isId } from '../format/ids.ts';

const folders = ['index', 'keys', 'locks', 'snapshots'] as const;

/** Every lock that cannot be read: nobody can lock the repository while it is there. */
export async function* damagedLocks(
  repository: OpenRepository,
  options: StoreOptions,
): AsyncGenerator<CheckFinding> {
  for await (const id of lockIds(repository, options)) {
    try {
      await readLock(repository, id, options);
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown;
      yield fileFinding(keyOf('locks', id), thrown);
    }
  }
}

/** Files in the folders of the repository that are none of its files: interrupted writers left them. */
export async function* leftovers(
  { store }: OpenRepository,
  options: StoreOptions,
): AsyncGenerator<CheckFinding> {
  for (const folder of folders) {
    for await (const { key } of store.list(`${folder}/`, options)) {
      const id = key.slice(folder.length + 1);
      if (!isId(id)) yield leftover(key);
    }
  }
}

/** What a file is that has no name of a file of the repository. */
export function leftover(file: string): CheckFinding {
  return { kind: 'unused', file, text: noFile };
}

const noFile: Message = {
  en: () => 'it is no file of the repository; an interrupted writer may have left it',
  ja: () => 'リポジトリーのファイルではありません。中断された書き込みの残りの可能性があります',
};
