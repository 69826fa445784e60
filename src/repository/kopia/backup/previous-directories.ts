import { isUtf8 } from 'node:buffer';
import { jsonText } from '../../format/go-json-text.ts';
import { type BytePath, pathBytes } from '../../trees/byte-path.ts';
import { heldDirectoryTexts, readDirectoryTexts } from '../access/directories.ts';
import type { DirectoryTexts } from '../format/directory-texts.ts';
import type { ObjectId } from '../format/object-id.ts';
import type { PreviousContents } from './previous-contents.ts';

/** A directory as an earlier snapshot has it. */
export interface PreviousDirectory {
  readonly object: ObjectId;
  readonly texts: DirectoryTexts;
}

/** Directories that are read ahead of the walk. */
const readAhead = 16;

/** Reads directories of earlier snapshots as a walk comes to them, and a level ahead. */
export class PreviousDirectories {
  readonly #contents: PreviousContents;
  readonly #ahead = new Map<ObjectId, Promise<PreviousDirectory>>();

  constructor(contents: PreviousContents) {
    this.#contents = contents;
  }

  /**
   * A directory: at once where its bytes are here, as they mostly are.
   *
   * @throws (or rejects with) what reading does: `repository.damaged`, `kopia-content-missing`
   */
  read(id: ObjectId): PreviousDirectory | Promise<PreviousDirectory> {
    const reading = this.#ahead.get(id);
    const now = reading === undefined ? this.#now(id) : undefined;
    if (now === undefined) return this.#wait(id, reading ?? this.#later(id));
    this.#readAhead(now);
    return now;
  }

  async #wait(id: ObjectId, reading: Promise<PreviousDirectory>): Promise<PreviousDirectory> {
    this.#ahead.delete(id);
    const directory = await reading;
    this.#readAhead(directory);
    return directory;
  }

  #readAhead({ texts }: PreviousDirectory): void {
    for (const object of texts.directories(readAhead)) {
      if (this.#ahead.has(object) || this.#contents.isHeld(object)) continue;
      const reading = this.#later(object);
      reading.catch(() => {}); // whoever asks for it is told
      this.#ahead.set(object, reading);
    }
    // What the walk does not come to any more goes, the oldest first.
    const tooMany = this.#ahead.size - 4 * readAhead;
    if (tooMany > 0) for (const old of [...this.#ahead.keys()].slice(0, tooMany)) this.#ahead.delete(old);
  }

  #now(id: ObjectId): PreviousDirectory | undefined {
    const texts = heldDirectoryTexts(this.#contents.repository, id, this.#contents.held);
    return texts && { object: id, texts };
  }

  async #later(id: ObjectId): Promise<PreviousDirectory> {
    const { repository, options } = this.#contents;
    return { object: id, texts: await readDirectoryTexts(repository, id, options) };
  }
}

/** The name under which an earlier snapshot has an entry; `undefined` of one that is no text, as which others could be written the same. */
export function previousName(name: BytePath): string | undefined {
  if (plainName.test(name)) return jsonText(name);
  const bytes = pathBytes(name);
  return isUtf8(bytes) ? jsonText(bytes.toString()) : undefined;
}

const plainName = /^[\0-\x7f]*$/;
