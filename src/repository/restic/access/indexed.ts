import { mapConcurrent } from '#foundation/concurrency.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { Fault } from '../../format/fault.ts';
import { readIndex } from '../format/index-file.ts';
import { scanIndex } from '../format/index-scan.ts';
import { reasons } from '../format/reasons.ts';
import { BlobIndex } from './blob-index.ts';
import { idsIn, jsonOf, keyOf, readDocumentText } from './files.ts';
import type { OpenRepository } from './open.ts';

/** A repository whose blobs can be found. */
export interface IndexedRepository extends OpenRepository {
  readonly index: BlobIndex;
}

export interface LoadOptions extends StoreOptions {
  /** Told of an index file that cannot be read; without it, the first one is thrown. */
  readonly onDamage?: (file: string, thrown: unknown) => void;
  /** Told of every pack that an index file names, and how many blobs it says are there. */
  readonly onPack?: (file: string, pack: string, blobs: number) => void;
}

/** How many index files are under way at once. */
const concurrency = 4;

/**
 * Reads every index file. What the list of snapshots is read before this, the index knows; what is written later
 * it may not.
 *
 * @throws `repository.damaged`, `file-missing` and what the store throws
 */
export async function loadIndex(
  repository: OpenRepository,
  options: LoadOptions = {},
): Promise<IndexedRepository> {
  const index = new BlobIndex();
  const ids = idsIn(repository.store, 'index', options);
  const texts = mapConcurrent(ids, concurrency, async ({ id }) => {
    try {
      return { id, text: await readDocumentText(repository, 'index', id, options) };
    } catch (thrown) {
      options.signal?.throwIfAborted();
      if (options.onDamage === undefined) throw thrown;
      options.onDamage(keyOf('index', id), thrown);
      return undefined;
    }
  });
  for await (const read of texts) {
    if (read === undefined) continue;
    addText(index, read.text, {
      onFault: fault => refuse(repository, options, { ...read, fault }),
      onPack: (pack, blobs) => options.onPack?.(keyOf('index', read.id), pack, blobs),
    });
  }
  await repository.onTreePacks?.(treePacksOf(index));
  return { ...repository, index };
}

function treePacksOf(index: BlobIndex): ReadonlySet<string> {
  const packs = new Set<number>();
  for (let entry = 0; entry < index.size; entry++) {
    if (index.isTree(entry)) packs.add(index.packNumber(entry));
  }
  return new Set([...packs].map(number => index.packs[number] ?? ''));
}

interface TextEvents {
  readonly onFault: (fault: Fault) => void;
  readonly onPack: (pack: string, blobs: number) => void;
}

/** Adds what an index file says, up to what is not valid in it: that is told to `onFault`. */
function addText(index: BlobIndex, text: Buffer, { onFault, onPack }: TextEvents): void {
  const table = scanIndex(text);
  if (table !== undefined) {
    index.addTable(table);
    for (const { id, first, end } of table.packs) onPack(id, end - first);
    return;
  }
  try {
    for (const pack of readIndex(jsonOf(text))) {
      if (pack === undefined) throw new Fault(reasons.index);
      index.add(pack);
      onPack(pack.id, pack.blobs.length);
    }
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    onFault(thrown);
  }
}

function refuse(
  { store: { url } }: OpenRepository,
  { onDamage }: LoadOptions,
  { id, fault }: { readonly id: string; readonly fault: Fault },
): void {
  const file = keyOf('index', id);
  const thrown = raise.damaged({ url, file, reason: fault.reason }, { cause: fault });
  if (onDamage === undefined) throw thrown;
  onDamage(file, thrown);
}
