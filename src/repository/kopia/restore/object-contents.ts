import type { HozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import type { ByteRange, StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { Fault } from '../../format/fault.ts';
import type { Contents, Place } from '../../restoring/contents.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import { movedContents } from '../access/moved-contents.ts';
import { naming } from '../access/naming.ts';
import { type ContentPart, objectContents } from '../access/objects.ts';
import { parseObjectId } from '../format/object-id.ts';
import { reasons } from '../format/reasons.ts';
import { wholly } from './content-opener.ts';
import { mannerOf } from './manner.ts';

/** The numbers of contents that hold compressed objects begin here: indexes have fewer. */
const firstWhole = 2 ** 40;

/** The contents of a kopia repository's files: a piece is a content, its number that of the index. */
export class ObjectContents implements Contents {
  readonly url: string;
  readonly #repository: IndexedKopia;
  /** Bytes of the objects in contents that hold compressed ones. */
  readonly #wholes = new Map<number, number>();

  constructor(repository: IndexedKopia) {
    this.#repository = repository;
    this.url = repository.store.url;
  }

  pieces(content: readonly string[], options: StoreOptions): readonly string[] | Promise<readonly string[]> {
    const [object = ''] = content;
    if (content.length === 0) return content;
    const parsed = parseObjectId(object);
    const isDirect = parsed?.levels === 0 && !parsed.compressed;
    return isDirect ? [parsed.content] : this.#partsOf(object, options);
  }

  async #partsOf(object: string, options: StoreOptions): Promise<readonly string[]> {
    const parts = await objectContents(this.#repository, object, options);
    return naming(this.#repository.store, object, async () => parts.map(part => this.#pieceOf(part)));
  }

  #pieceOf({ content, length, compressed }: ContentPart): string {
    const number = this.#repository.index.numberOf(content);
    if (compressed) {
      if (number >= 0) this.#wholes.set(number, length);
      return `${wholly}${content}`;
    }
    const isAsLong = number < 0 || this.#repository.index.originalLength(number) === length;
    if (!isAsLong) throw new Fault(reasons.indirect);
    return content;
  }

  find(piece: string): number {
    const { index } = this.#repository;
    if (!piece.startsWith(wholly)) return index.numberOf(piece);
    const number = index.numberOf(piece.slice(1));
    return number < 0 ? number : number + firstWhole;
  }

  missing(piece: string): HozonError {
    return raise['kopia-content-missing']({ url: this.url, id: piece.replace(wholly, '') });
  }

  sizeOf(number: number): number {
    if (number < firstWhole) return this.#repository.index.originalLength(number);
    return this.#wholes.get(number - firstWhole) ?? 0;
  }

  packOf(number: number): number {
    return this.#repository.index.packNumber(number % firstWhole);
  }

  place(number: number): Place {
    const { index, blobs } = this.#repository;
    const whole = number >= firstWhole;
    const { id, pack, offset, length, compression } = index.entry(number % firstWhole);
    return {
      number,
      id: whole ? `${wholly}${id}` : id,
      pack: blobs.keyOf(pack),
      offset,
      length,
      size: this.sizeOf(number),
      manner: mannerOf(compression, whole),
    };
  }

  /** Of each content kopia knows one place. */
  others(): readonly Place[] {
    return [];
  }

  async moved(places: readonly Place[], options: StoreOptions): Promise<readonly (Place | undefined)[]> {
    const { blobs } = this.#repository;
    const gone = places.map(({ id, pack, number }) => ({
      id: number < firstWhole ? id : id.slice(wholly.length),
      pack: blobs.idOf(pack) ?? '',
    }));
    const found = await movedContents(this.#repository, gone, options);
    return places.map(({ number }, at) => found[at] && this.place(number));
  }

  async fetch(
    pack: string,
    { offset, length }: ByteRange,
    into: Uint8Array,
    options: StoreOptions,
  ): Promise<void> {
    const { store } = this.#repository;
    await naming(store, pack, async () => {
      if (length > into.length) throw new Fault(reasons.tooLarge);
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
    return name in reasons ? reasons[name as keyof typeof reasons] : reasons.encoding;
  }
}
