import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { idOf } from '../format/ids.ts';
import { compress } from '../format/zstd.ts';
import { seal } from '../sealing/seal.ts';
import { type DocumentFolder, keyOf } from './files.ts';
import type { OpenRepository } from './open.ts';

/** What the bytes of a file depend on besides its text. */
export type SavingKey = Pick<OpenRepository, 'key' | 'config'>;

/** The bytes of a file, and the id that is their checksum. */
export interface SealedDocument {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** Seals a JSON file; version 1 does not compress it. */
export function sealDocument({ key, config }: SavingKey, plain: Uint8Array): SealedDocument {
  const bytes = seal(key, config.version === 1 ? plain : Buffer.concat([Buffer.of(2), compress(plain)]));
  return { id: idOf(bytes), bytes };
}

/** Stores a JSON file, sealed and compressed; its id. Once this has resolved, every reader sees it. */
export async function saveDocument(
  repository: SavingKey & Pick<OpenRepository, 'store'>,
  folder: DocumentFolder,
  plain: Uint8Array,
  options: StoreOptions = {},
): Promise<string> {
  const { id, bytes } = sealDocument(repository, plain);
  await repository.store.put(keyOf(folder, id), bytes, { ...options, size: bytes.length });
  return id;
}

/** @throws `repository.foreign` for version 1, which is read only. */
export function requireWritable({ store: { url }, config }: Pick<OpenRepository, 'store' | 'config'>): void {
  if (config.version !== 2) throw raise.foreign({ url, file: 'config', reason: readOnlyVersion });
}

const readOnlyVersion = {
  en: () => 'version 1 is only read; `restic migrate upgrade_repo_v2` makes it version 2',
  ja: () =>
    'バージョン 1 は読み取りのみに対応しています。`restic migrate upgrade_repo_v2` でバージョン 2 に変換できます',
};
