import type { ByteReader } from './byte-reader.ts';
import { reasons, TarFault } from './fault.ts';
import { blockSize, paddingOf, readHeader, type TarHeader, untilNul } from './header.ts';
import { readPax, wholeNumber } from './pax.ts';
import { oldGnuMap, paxMap, type SparseMap, sparsePrefix, storedBytes } from './sparse.ts';

/** A member of a tar, with all that is said of it. */
export interface TarMember extends TarHeader {
  /** The records of its pax headers that are not in the header's own fields here. */
  readonly records: ReadonlyMap<string, Buffer>;
  /** Where the bytes of its body belong, if it is a sparse file; the body is no longer than they are then. */
  readonly sparse?: SparseMap | undefined;
}

/** An extended header may be this large, as in Go's reader. */
const extendedBytes = 1024 * 1024;
/** Names and sizes are what readers disagree about in a global header, so honest writers put none there. */
const neverGlobal = ['path', 'linkpath', 'size'];
/** What never has a body, whatever size its header has. */
const bodiless = new Set(['1', '2', '3', '4', '5', '6']);

/** Records of extended attributes begin so. */
export const attributePrefix = 'SCHILY.xattr.';

/** What extended headers say of the next member. */
interface Extended {
  readonly name?: Buffer;
  readonly link?: Buffer;
  readonly records?: ReadonlyMap<string, Buffer>;
}

/** Reads a tar member by member: ustar, pax headers (local and global), GNU long names, sparse files, seventh-edition headers. */
export class TarMembers {
  readonly #bytes: ByteReader;
  #globals: ReadonlyMap<string, Buffer> = new Map();

  constructor(bytes: ByteReader) {
    this.#bytes = bytes;
  }

  /** The next member; its body and {@link paddingOf} that come next in the stream. `undefined` at the end. @throws TarFault */
  async next(): Promise<TarMember | undefined> {
    let extended: Extended = {};
    for (;;) {
      const block = await this.#block();
      const header = readHeader(block);
      if (header === undefined) {
        if (Object.keys(extended).length > 0) throw new TarFault(reasons.extended);
        await this.#end();
        return undefined;
      }
      if (!/^[xgLK]$/.test(header.type)) {
        return this.#withMap(combined(header, extended, this.#globals), block);
      }
      extended = this.#extend(extended, header.type, await this.#body(header.size));
    }
  }

  /** Reads the map of a sparse file: from its header and the blocks behind it, from its records, or from its body. */
  async #withMap(member: TarMember, header: Buffer): Promise<TarMember> {
    if (member.type === 'S') return sparse(member, await oldGnuMap(header, this.#bytes), 0);
    if (member.type !== '0' && member.type !== '7') return member;
    const stored = await paxMap(member.records, this.#bytes, member.size);
    return stored === undefined ? member : sparse(member, stored.map, stored.taken);
  }

  async #block(): Promise<Buffer> {
    const block = await this.#bytes.take(blockSize);
    if (block === undefined) throw new TarFault(reasons.truncated);
    return block;
  }

  /** A tar ends with two blocks of zeros; one alone is what an interrupted writer may leave. */
  async #end(): Promise<void> {
    if (readHeader(await this.#block()) !== undefined) throw new TarFault(reasons.gap);
  }

  async #body(size: number): Promise<Buffer> {
    if (size > extendedBytes || size === 0) throw new TarFault(reasons.extended);
    const body = await this.#bytes.take(size + paddingOf(size));
    if (body === undefined) throw new TarFault(reasons.truncated);
    return body.subarray(0, size);
  }

  #extend(extended: Extended, type: string, body: Buffer): Extended {
    if (type === 'L') return once(extended, 'name', untilNul(body));
    if (type === 'K') return once(extended, 'link', untilNul(body));
    const records = readPax(body);
    if (type === 'x') return once(extended, 'records', records);
    if ([...records.keys()].some(key => neverGlobal.includes(key) || key.startsWith(sparsePrefix))) {
      throw new TarFault(reasons.extended);
    }
    this.#globals = new Map([...this.#globals, ...records]);
    if (this.#globals.size > 1000) throw new TarFault(reasons.extended);
    return extended;
  }
}

function once<K extends keyof Extended>(extended: Extended, key: K, value: Extended[K]): Extended {
  if (extended[key] !== undefined) throw new TarFault(reasons.extended);
  return { ...extended, [key]: value };
}

/** @throws TarFault where the body is not as long as the map's parts */
function sparse(member: TarMember, map: SparseMap, taken: number): TarMember {
  const size = member.size - taken;
  if (size !== storedBytes(map)) throw new TarFault(reasons.sparse, member.name);
  return { ...member, type: '0', size, sparse: map };
}

/** An empty record takes one back; only an attribute may be empty. */
function isGiven([key, value]: readonly [string, Buffer]): boolean {
  return value.length > 0 || key.startsWith(attributePrefix);
}

function combined(header: TarHeader, extended: Extended, globals: ReadonlyMap<string, Buffer>): TarMember {
  const records = new Map([...globals, ...(extended.records ?? [])].filter(isGiven));
  const size = records.get('size');
  const name = records.get(`${sparsePrefix}name`) ?? records.get('path') ?? extended.name ?? header.name;
  const type = header.type === '0' && name.at(-1) === 0x2f ? '5' : header.type;
  return {
    ...header,
    name,
    type,
    link: records.get('linkpath') ?? extended.link ?? header.link,
    size: bodiless.has(type) ? 0 : size === undefined ? header.size : wholeNumber(size),
    records,
  };
}
