import type { BoundaryFinder } from '../../chunking/boundary.ts';
import type { Claims } from '../../pipeline/claims.ts';
import { PackFiller } from '../../pipeline/pack-filling.ts';
import type { CompletePack, PackSlots } from '../../pipeline/pack-slots.ts';
import type { Storer } from '../../pipeline/storer.ts';
import { type ContentTable, isLive } from '../access/content-table.ts';
import { SplitterPool } from '../writing/splitter-pool.ts';
import type { ContentCompressor } from './content-compressor.ts';
import { readHow } from './how.ts';
import { finishPack, type PackMaking, packAlone } from './packs.ts';

/** What a thread needs to store contents. */
export interface ContentTools {
  readonly making: PackMaking;
  readonly splitter: string;
  readonly known: ContentTable;
  readonly claims: Claims;
  readonly slots: PackSlots;
  readonly compressor: ContentCompressor;
  /** Told of each pack that is whole but for being stored. */
  readonly complete: (pack: CompletePack) => void;
}

/** The last bytes of a content's hash are the IV that it is sealed with. */
const ivSize = 16;

/**
 * Stores contents: hashed, and those that are new compressed, sealed and put into packs. Belongs to one thread; does its
 * work at once.
 */
export class ContentStorer implements Storer {
  readonly emptyContents = true;
  readonly #tools: ContentTools;
  readonly #packs: PackFiller;
  readonly #splitters: SplitterPool;
  readonly #finders = new Map<string, BoundaryFinder>();

  constructor(tools: ContentTools) {
    const { slots, complete, making } = tools;
    this.#tools = tools;
    this.#splitters = new SplitterPool(tools.splitter);
    this.#packs = new PackFiller({
      slots,
      complete,
      finish: (slot, kind) => finishPack(making, slots, { slot, kind }),
      alone: content => packAlone(making, content),
    });
  }

  finder(how: string): BoundaryFinder {
    const name = readHow(how).splitter;
    const known = this.#finders.get(name);
    if (known !== undefined) return known;
    const made = this.#splitters.take(name === '' ? undefined : name);
    this.#finders.set(name, made);
    return made;
  }

  store(plain: Uint8Array, how: string): Buffer {
    const { known, claims } = this.#tools;
    const key = this.#keyOf(plain, how);
    if (!isLive(known, key) && claims.claim(key, plain.length)) this.#store(key, plain, how);
    return key;
  }

  storeNew(plain: Uint8Array, how: string): void {
    this.#store(this.#keyOf(plain, how), plain, how);
  }

  flush(): void {
    this.#packs.flush();
  }

  #store(key: Buffer, plain: Uint8Array, how: string): void {
    const { compressor, making } = this.#tools;
    const { payload, compression } = compressor.compress(plain, readHow(how).compression);
    this.#packs.add({
      kind: key[0] === 0 ? 0 : 1,
      key,
      length: making.sealer.sealedLength(payload.length),
      first: plain.length,
      second: compression,
      sealTo: next => making.sealer.sealTo(payload, key.subarray(-ivSize), next),
    });
  }

  #keyOf(plain: Uint8Array, how: string): Buffer {
    const hash = this.#tools.making.hash(plain);
    const key = Buffer.allocUnsafe(1 + hash.length);
    key[0] = how.startsWith('|') ? 0 : how.charCodeAt(0);
    key.set(hash, 1);
    return key;
  }
}
