import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { because, Fault } from '../../format/fault.ts';
import { decompress } from '../format/compression.ts';
import type { ContentId } from '../format/content-id.ts';
import type { ContentEntry } from '../format/index.ts';
import { type ContentSealer, contentIv } from '../format/sealing.ts';
import type { IndexedKopia } from './indexed.ts';
import { naming } from './naming.ts';

const otherLength = because(
  'a content in it has another length than its index says',
  '含まれるコンテンツの長さがインデックスの記載と異なります',
);

/**
 * The plain bytes of a content, authenticated by the seal. Contents that are marked deleted can be read, too, as long as they are there.
 *
 * @throws `repository.kopia-content-missing`, `damaged`, `file-missing` and what the store throws
 */
export async function readContent(
  repository: IndexedKopia,
  id: ContentId,
  options: StoreOptions = {},
): Promise<Buffer> {
  const { blobs, sealer, store, index } = repository;
  const entry = index.find(id);
  if (entry === undefined) throw raise['kopia-content-missing']({ url: store.url, id });
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
