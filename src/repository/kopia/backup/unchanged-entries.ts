import { raise } from '../../errors.ts';
import type { BytePath } from '../../trees/byte-path.ts';
import type { Entry } from '../../trees/entry.ts';
import { isEntryHead, type NewDirectoryEntry } from '../format/directory.ts';
import type { EntryTexts } from '../format/directory-texts.ts';
import type { ObjectId } from '../format/object-id.ts';
import type { SnapshotDirectory } from './directory.ts';
import { entryOf } from './earlier-entries.ts';
import type { Failures } from './failures.ts';
import { previousName } from './previous-directories.ts';
import type { IsStored, StoredObjects } from './stored-objects.ts';
import type { Tally } from './tally.ts';

/** An entry, and where it goes. */
export interface Found {
  readonly entry: Entry;
  readonly path: BytePath;
  readonly name: BytePath;
  readonly directory: SnapshotDirectory;
}

interface Parts {
  /** Absent where nothing is compared. */
  readonly objects: StoredObjects | undefined;
  readonly failures: Failures;
  readonly tally: Tally;
}

/** Takes entries over from earlier snapshots, of a walk that tells every one of them. */
export class UnchangedEntries {
  readonly #objects: StoredObjects | undefined;
  readonly #failures: Failures;
  readonly #tally: Tally;

  constructor({ objects, failures, tally }: Parts) {
    this.#objects = objects;
    this.#failures = failures;
    this.#tally = tally;
  }

  /**
   * Takes an entry over from an earlier snapshot, if it is there as it is now; its object.
   *
   * @param from how many of them were tried
   */
  takeOver(found: Found, size: number, from = 0): ObjectId | undefined | Promise<ObjectId | undefined> {
    const { entry, directory, name } = found;
    const { previous } = directory;
    const key = previous.length === 0 ? undefined : previousName(name);
    if (key === undefined) return undefined;
    const now = entryOf(entry, { object: '', size });
    for (let at = from; at < previous.length; at++) {
      const known = previous[at]?.texts.find(key);
      if (known === undefined || !isEntryHead(known.head, key, now)) continue;
      const isStored = this.#objects?.has(known.object) ?? false;
      if (isStored instanceof Promise) {
        return isStored.then(
          is => this.#taken(found, { known, now }, is) ?? this.takeOver(found, size, at + 1),
        );
      }
      const object = this.#taken(found, { known, now }, isStored);
      if (object !== undefined) return object;
    }
    return undefined;
  }

  /** Names what was there and is not any more. */
  #taken(
    { entry: { type, path }, directory, name }: Found,
    { known, now }: { readonly known: EntryTexts; readonly now: Omit<NewDirectoryEntry, 'name'> },
    isStored: IsStored,
  ): ObjectId | undefined {
    if (isStored !== true) {
      const error = isStored || raise['content-missing']({ path: path.toString() });
      this.#failures.tell({ path, error });
      return undefined;
    }
    this.#tally.reused(type === 'symlink' ? 's' : 'f', now.size);
    directory.takeOver(now, name, known);
    return known.object;
  }
}
