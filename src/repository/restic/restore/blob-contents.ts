import type { HozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import type { ByteRange, StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { Fault } from '../../format/fault.ts';
import type { Contents, Place } from '../../restoring/contents.ts';
import type { BlobPlace } from '../access/blob-index.ts';
import { contentSize } from '../access/blobs.ts';
import { keyOf, naming } from '../access/files.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { reasons } from '../format/reasons.ts';
import type { GoneBlob, MovedBlobs } from './moved-blobs.ts';

/** No blob is longer than this: as reading one by itself has it. */
const blobLimit = 512 * 1024 * 1024;

/** The contents of a restic repository's files: a piece is a data blob, its number that of its first place in the index. */
export class BlobContents implements Contents {
  readonly url: string;
  readonly #repository: IndexedRepository;

  readonly #moved: MovedBlobs;

  constructor(repository: IndexedRepository, moved: MovedBlobs) {
    this.#repository = repository;
    this.#moved = moved;
    this.url = repository.store.url;
  }

  pieces(content: readonly string[]): readonly string[] {
    return content;
  }

  find(piece: string): number {
    return this.#repository.index.first('data', piece);
  }

  missing(id: string): HozonError {
    return raise['blob-missing']({ url: this.url, kind: 'data', id });
  }

  sizeOf(number: number): number {
    return this.#repository.index.contentLength(number);
  }

  packOf(number: number): number {
    return this.#repository.index.packNumber(number);
  }

  place(number: number): Place {
    return placeOf(this.#repository.index.place(number));
  }

  others(number: number): readonly Place[] {
    const { index } = this.#repository;
    const { id } = index.place(number);
    return index
      .places('data', id)
      .filter(({ entry }) => entry !== number)
      .map(placeOf);
  }

  async moved(places: readonly Place[], options: StoreOptions): Promise<readonly (Place | undefined)[]> {
    const gone = places.map(({ id, pack }): GoneBlob => ({ type: 'data', id, pack: idOfPack(pack) }));
    const found = await this.#moved.find(gone, options);
    // the number stays that of the index that files were planned with
    return found.map((place, at) => place && { ...placeOf(place), number: places[at]?.number ?? -1 });
  }

  async fetch(
    pack: string,
    { offset, length }: ByteRange,
    into: Uint8Array,
    options: StoreOptions,
  ): Promise<void> {
    const { store } = this.#repository;
    await naming(store, pack, async () => {
      if (length > blobLimit) throw new Fault(reasons.tooLarge);
      let at = 0;
      for await (const part of await store.getRange(pack, { offset, length }, options)) {
        into.set(part, at);
        at += part.length;
      }
    });
  }

  async pathOf(pack: string, options: StoreOptions): Promise<string | undefined> {
    return this.#repository.store.pathOf?.(pack, options);
  }

  reason(name: string): Message {
    return name in reasons ? reasons[name as keyof typeof reasons] : reasons.otherBytes;
  }
}

function idOfPack(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

function placeOf(place: BlobPlace): Place {
  const { entry, id, offset, length, uncompressed } = place;
  const pack = keyOf('data', place.pack);
  return { number: entry, id, pack, offset, length, size: contentSize(place), manner: uncompressed };
}
