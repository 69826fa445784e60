import { isHozonError } from '#foundation/errors.ts';
import { say } from '#foundation/language.ts';
import type { ByteRange, StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { Fault } from '../../format/fault.ts';
import { decompress } from '../format/compression.ts';
import type { ContentId } from '../format/content-id.ts';
import type { ContentEntry } from '../format/index.ts';
import { type ContentSealer, contentIv } from '../format/sealing.ts';
import type { IndexedKopia } from './indexed.ts';
import { movedContents } from './moved-contents.ts';
import { naming, namingNow } from './naming.ts';

const otherLength = say(
  'a content in it has another length than its index says',
  '含まれるコンテンツの長さがインデックスの記載と異なります',
);

/**
 * The plain bytes of a content, authenticated by the seal. Contents that are marked deleted can be read, too, as long as they are there.
 * One whose pack is gone is looked for in what was written since the indexes were loaded: maintenance moves contents.
 *
 * @throws `repository.kopia-content-missing`, `damaged`, `file-missing` and what the store throws
 */
export async function readContent(
  repository: IndexedKopia,
  id: ContentId,
  options: StoreOptions = {},
): Promise<Buffer> {
  const entry = placeOf(repository, id);
  try {
    return await readAt(repository, entry, options);
  } catch (thrown) {
    if (!isHozonError(thrown, 'repository.file-missing')) throw thrown;
    const [moved] = await movedContents(repository, [entry], options);
    if (moved === undefined) throw thrown;
    return readAt(repository, moved, options);
  }
}

/**
 * {@link readContent} of one whose sealed bytes `held` hands out at once, by its pack; `undefined` where it has none.
 *
 * @throws `repository.kopia-content-missing`, `damaged`
 */
export function heldContent(
  repository: IndexedKopia,
  id: ContentId,
  held: (pack: string, range: ByteRange) => Uint8Array | undefined,
): Buffer | undefined {
  const entry = placeOf(repository, id);
  const { sealer, store } = repository;
  const sealed = held(entry.pack, entry);
  return sealed && namingNow(store, entry.pack, () => openContent(sealer, entry, sealed));
}

/** @throws `repository.kopia-content-missing` */
function placeOf({ index, store }: IndexedKopia, id: ContentId): ContentEntry {
  const entry = index.find(id);
  if (entry === undefined) throw raise['kopia-content-missing']({ url: store.url, id });
  return entry;
}

async function readAt(
  { blobs, sealer, store }: IndexedKopia,
  entry: ContentEntry,
  options: StoreOptions,
): Promise<Buffer> {
  const { pack, offset, length } = entry;
  const sealed = await blobs.range(pack, { offset, length }, options);
  return naming(store, pack, async () => openContent(sealer, entry, sealed));
}

/** The plain bytes of a content out of its sealed ones. For threads, too. @throws Fault */
export function openContent(
  sealer: ContentSealer,
  { id, compression, original }: Pick<ContentEntry, 'id' | 'compression' | 'original'>,
  sealed: Uint8Array,
): Buffer {
  const opened = sealer.open(sealed, contentIv(id));
  const plain = compression === 0 ? opened : decompress(compression, opened, { limit: original });
  if (plain.length !== original) throw new Fault(otherLength);
  return plain;
}
