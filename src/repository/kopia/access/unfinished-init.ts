import { isHozonError } from '#foundation/errors.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import type { RepositoryFormat } from '../format/repository-format.ts';
import { shardsKey } from './blob-layout.ts';
import { findBlobs, formatBlobId, type KopiaBlobs } from './blobs.ts';
import { storageConfigId } from './keeping.ts';
import { type OpenKopia, type OpenKopiaOptions, openKopia } from './open.ts';

/** What people put there before, or an `init` that had hardly begun. */
const tolerated: ReadonlySet<string> = new Set([shardsKey, storageConfigId]);

/**
 * What a repository consists of as long as nobody has written to it: an index comes last, and names what else was written. Packs are of
 * manifests; there may be the marker of the session, and Velero's.
 */
const early =
  /^(?:kopia\.(?:repository|blobcfg)|udmrepo\.Repository|\.storageconfig|[qs][0-9a-f]{32,64}-s[0-9a-f]+|_log_.*)$/;

/**
 * Whether the making of a repository was begun in a location and not ended: then nothing is in it yet, and whoever knows its password
 * may end it. `false` where there is nothing at all.
 *
 * @throws `repository.kopia-exists` where there is anything else
 */
export async function isUnfinished(store: ObjectStore, options: StoreOptions): Promise<boolean> {
  const blobs = await findBlobs(store, options);
  const known = (key: string): boolean => tolerated.has(key) || isEarly(blobs, key);
  for await (const { key } of store.list('', options)) {
    if (!known(key)) throw raise['kopia-exists']({ url: store.url, file: key });
  }
  return blobs !== undefined;
}

function isEarly(blobs: KopiaBlobs | undefined, key: string): boolean {
  const id = blobs?.idOf(key);
  return id !== undefined && early.test(id);
}

/** What must be as it was asked for. */
const choices = ['hash', 'encryption', 'splitter', 'version', 'ecc', 'eccOverheadPercent'] as const;

/** The repository that {@link isUnfinished}. @throws `repository.kopia-exists` for another password, or another format */
export async function openUnfinished(
  store: ObjectStore,
  wanted: RepositoryFormat,
  options: OpenKopiaOptions,
): Promise<OpenKopia> {
  const taken = (cause?: unknown): unknown =>
    raise['kopia-exists']({ url: store.url, file: formatBlobId }, { cause });
  try {
    const open = await openKopia(store, options);
    if (choices.every(name => open.format[name] === wanted[name])) return open;
  } catch (thrown) {
    throw isHozonError(thrown, 'repository.wrong-password') ? taken(thrown) : thrown;
  }
  throw taken();
}
