import { randomUUID } from 'node:crypto';
import type { BytePath } from '../../trees/byte-path.ts';
import type { Entry } from '../../trees/entry.ts';
import type { NewDirectoryEntry } from '../format/directory.ts';
import type { StoredObject } from '../writing/kopia-writer.ts';
import type { SnapshotDirectory } from './directory.ts';
import { entryOf } from './earlier-entries.ts';

/** A file, and what is stored of it so far. */
interface UnfinishedFile {
  readonly name: BytePath;
  readonly entry: Omit<NewDirectoryEntry, 'name'>;
}

/**
 * Files whose end was not met when a checkpoint is made. They are in it under names of their own, as kopia has them: so what is stored
 * of them is not collected, and nobody takes it for the files.
 */
export class UnfinishedFiles {
  readonly #files = new Map<SnapshotDirectory | undefined, UnfinishedFile[]>();

  /** @param directory where the file is; of the root itself, none */
  add(
    directory: SnapshotDirectory | undefined,
    { name, entry }: { readonly name: BytePath; readonly entry: Entry },
    soFar: StoredObject,
  ): void {
    const file = {
      name: `.checkpointed.${name}.${randomUUID()}`,
      entry: entryOf(entry, { object: soFar.id, size: soFar.size }),
    };
    this.#files.set(directory, [...(this.#files.get(directory) ?? []), file]);
  }

  /** What is stored of the root itself. */
  get root(): UnfinishedFile | undefined {
    return this.#files.get(undefined)?.[0];
  }

  /** Adds those in a directory to a copy of it. */
  addTo(copy: SnapshotDirectory, directory: SnapshotDirectory): void {
    for (const { name, entry } of this.#files.get(directory) ?? []) copy.add(name, entry);
  }

  clear(): void {
    this.#files.clear();
  }
}
