import { say } from '#foundation/language.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { Fault } from '../../format/fault.ts';
import { naming } from '../access/naming.ts';
import type { OpenKopia } from '../access/open.ts';
import { type ContentEntry, type IndexFile, parseIndex } from '../format/index.ts';
import { readPostamble } from '../format/pack.ts';
import { reasons } from '../format/reasons.ts';

/** What a pack says at its end of its own contents: what an index that is lost is made again from. */
export interface OwnIndex {
  readonly entries: readonly ContentEntry[];
  /** Where the sealed index begins. */
  readonly offset: number;
}

/** Bytes of a pack's end that are read at first: with a usual number of contents all that there is to read. */
const firstRead = 32 * 1024;

const otherIndex = say(
  'its own index, with which a lost index could be recovered, is damaged',
  'インデックスの回復に使うパック内のインデックスが破損しています',
);

/** The index in a pack's end. @throws `repository.damaged`, `file-missing` and what the store throws */
export async function readOwnIndex(
  repository: OpenKopia,
  { id, size }: { readonly id: string; readonly size: number },
  options: StoreOptions = {},
): Promise<OwnIndex> {
  const { blobs, store } = repository;
  const from = Math.max(0, size - firstRead);
  const end = await blobs.range(id, { offset: from, length: size - from }, options);
  const postamble = readPostamble(end);
  return naming(store, id, async () => {
    if (postamble === undefined) throw new Fault(reasons.postamble);
    const { offset, length, iv } = postamble;
    if (offset + length > size) throw new Fault(reasons.postamble);
    const sealed =
      offset >= from
        ? end.subarray(offset - from, offset - from + length)
        : await blobs.range(id, { offset, length }, options);
    return { entries: entriesOf(openOwnIndex(repository, sealed, iv), id), offset };
  });
}

function openOwnIndex({ sealer, hash }: OpenKopia, sealed: Buffer, iv: Buffer): IndexFile {
  try {
    const plain = sealer.open(sealed, iv);
    if (hash(plain).equals(iv)) return parseIndex(plain, sealer.overhead);
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    throw new Fault(otherIndex, { cause });
  }
  throw new Fault(otherIndex);
}

/** A copy of a pack under another name would claim contents of the first. */
function entriesOf(index: IndexFile, pack: string): readonly ContentEntry[] {
  const entries = Array.from({ length: index.count }, (_, at) => index.entry(at));
  return entries.filter(entry => entry.pack === pack);
}
