import type { Progress } from '#foundation/progress.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { requireWritable, saveDocument } from '../access/save.ts';
import { listSnapshots, type StoredSnapshot } from '../access/snapshots.ts';
import type { BlobType } from '../format/pack.ts';
import { type SnapshotDocument, writeSnapshot } from '../format/snapshot.ts';
import { everyTree } from '../reading/every-tree.ts';
import { transferBlobs } from './copy-blobs.ts';
import { Copies, originalOf } from './same-snapshot.ts';

/** What became of a snapshot: it was copied, or the target had a copy of it. */
export interface CopiedSnapshot {
  readonly kind: 'copied' | 'present';
  readonly source: StoredSnapshot;
  /** In the target. */
  readonly id: string;
}

export interface CopyOptions extends StoreOptions {
  readonly progress?: Progress | undefined;
}

/** Where from and where to. Both are locked by the caller, each for others who add to it. */
export interface CopyEnds {
  readonly from: IndexedRepository;
  readonly to: IndexedRepository;
}

/** Snapshots whose blobs are copied together; each of them is stored when all of those blobs are. */
const together = 8;

/**
 * Copies snapshots into another repository, with what of their blobs is not there yet; those that were copied before, by this
 * or by restic, are left out. Chunks stay as they are: only where both repositories have the same polynomial
 * (`init --copy-chunker-params`) will later backups share them.
 *
 * @throws `repository.foreign` for a target of version 1, `blob-missing`, `damaged`, and what the stores throw
 */
export async function* copySnapshots(
  ends: CopyEnds,
  snapshots: readonly StoredSnapshot[],
  options: CopyOptions = {},
): AsyncGenerator<CopiedSnapshot> {
  requireWritable(ends.to);
  const copies = new Copies(await listSnapshots(ends.to, options));
  const missing: StoredSnapshot[] = [];
  for (const source of snapshots) {
    const present = copies.of(source);
    if (present === undefined) missing.push(source);
    else yield { kind: 'present', source, id: present.id };
  }
  const copied = new Uint8Array(ends.from.index.size);
  for (let at = 0; at < missing.length; at += together) {
    const batch = missing.slice(at, at + together);
    const wanted = await wantedBlobs(ends, { batch, copied }, options);
    await transferBlobs(ends.from, ends.to, wanted, options);
    for (const source of batch) {
      const document = copyOf(source);
      const id = await saveDocument(ends.to, 'snapshots', writeSnapshot(document), options);
      yield { kind: 'copied', source, id };
    }
  }
}

/** 1 for the first place of each blob that the target lacks. Those are marked as copied. */
async function wantedBlobs(
  { from, to }: CopyEnds,
  { batch, copied }: { readonly batch: readonly StoredSnapshot[]; readonly copied: Uint8Array },
  options: StoreOptions,
): Promise<Uint8Array> {
  const wanted = new Uint8Array(from.index.size);
  const want = (type: BlobType, id: string): void => {
    const entry = from.index.first(type, id);
    if (entry < 0) throw raise['blob-missing']({ url: from.store.url, kind: type, id });
    if (copied[entry] === 1) return;
    copied[entry] = 1;
    if (to.index.first(type, id) < 0) wanted[entry] = 1;
  };
  const roots = batch.map(({ document }) => document.tree);
  const visit: Parameters<typeof everyTree>[2] = ({ id, nodes, failure }) => {
    if (failure !== undefined) throw failure;
    want('tree', id);
    for (const { type, content } of nodes) {
      if (type === 'file') for (const blob of content ?? []) want('data', blob);
    }
  };
  await everyTree(from, roots, visit, { signal: options.signal });
  return wanted;
}

/** The parent means nothing in another repository. */
function copyOf(source: StoredSnapshot): SnapshotDocument {
  const { parent: _, ...document } = source.document;
  return { ...document, original: originalOf(source) };
}
