import type { StoreOptions } from '#storage/object-store.ts';
import { type SnapshotDocument, writeSnapshot } from '../format/snapshot.ts';
import type { OpenRepository } from './open.ts';
import { saveDocument } from './save.ts';
import { listSnapshots } from './snapshots.ts';

/** Stores a snapshot; its id. */
export type WriteSnapshot = (document: SnapshotDocument) => Promise<string>;

/**
 * Stores snapshots that take the place of others, each once: what an interrupted run has stored is found again, so that
 * running it again makes no second one.
 */
export async function onceWritten(
  repository: OpenRepository,
  options: StoreOptions = {},
): Promise<WriteSnapshot> {
  const written = new Map<string, string>();
  for (const { id, document } of await listSnapshots(repository, { ...options, onDamage: () => {} })) {
    written.set(writeSnapshot(document).toString(), id);
  }
  return async document => {
    const plain = writeSnapshot(document);
    return written.get(plain.toString()) ?? saveDocument(repository, 'snapshots', plain, options);
  };
}
