import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { raise } from '../errors.ts';
import { TarFault } from '../tar/block.ts';
import { type TarMember, TarReader, type TarSink } from '../tar/tar-reader.ts';
import { ArchiveIndex } from './archive-index.ts';
import { limitReached, quoted, specialMember, tarFaults } from './faults.ts';
import { contradiction, parseItem } from './item-json.ts';
import { type ItemPlace, isSafeDirectory, type Place, placeOf } from './item-path.ts';
import type { ArchiveLimits } from './limits.ts';
import type { Spool } from './spool.ts';

export interface ScanOptions {
  readonly source: string;
  readonly limits: ArchiveLimits;
  /** Takes the items' JSON. */
  readonly spool: Spool;
  readonly signal?: AbortSignal | undefined;
}

export interface Scanned {
  readonly formatVersion: string;
  readonly index: ArchiveIndex;
}

/** Reads an archive to its end, checks all of it, and spools its items. Errors: {@link archiveErrors}, what `body` throws. */
export async function scanArchive(body: AsyncIterable<Uint8Array>, options: ScanOptions): Promise<Scanned> {
  const { signal } = options;
  const scan = new Scan(options);
  try {
    await pipeline(
      Readable.from(body),
      createGunzip({ chunkSize: 256 * 1024, rejectGarbageAfterEnd: true }),
      (chunks: AsyncIterable<Buffer>) => scan.read(chunks),
      signal === undefined ? {} : { signal },
    );
    return scan.end();
  } catch (thrown) {
    if (signal?.aborted === true) throw signal.reason;
    throw explained(thrown, options.source);
  }
}

/** zlib's error codes and the tar reader's faults, as errors of the archive. */
function explained(thrown: unknown, source: string): unknown {
  if (thrown instanceof TarFault) return raise['tar-damaged']({ source, reason: tarFaults[thrown.fault] });
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  if (code === 'Z_BUF_ERROR') return raise.truncated({ source });
  if (code === 'ERR_TRAILING_JUNK_AFTER_STREAM_END') return raise['trailing-data']({ source });
  if (!code.startsWith('Z_')) return thrown;
  return raise['gzip-damaged']({ source, reason: (thrown as Error).message }, { cause: thrown });
}

/** Bytes of the tar that are read between writes to the spool. */
const flushBytes = 2 * 1024 * 1024;

/** One passage over an archive. Only items at plain paths are kept: those by version repeat them. */
class Scan implements TarSink {
  readonly #options: ScanOptions;
  readonly #index = new ArchiveIndex();
  #version: string | undefined;
  #bytes = 0;

  constructor(options: ScanOptions) {
    this.#options = options;
  }

  async read(chunks: AsyncIterable<Buffer>): Promise<void> {
    const { source, limits, spool } = this.#options;
    const tar = new TarReader(this);
    let flushed = 0;
    for await (const chunk of chunks) {
      this.#bytes += chunk.length;
      if (this.#bytes > limits.archiveBytes) {
        throw raise['too-large']({ source, limit: limitReached.archiveBytes(limits.archiveBytes) });
      }
      if (!tar.push(chunk)) throw raise['trailing-data']({ source });
      // By what was read rather than by what is kept: a small item keeps the whole chunk that it came in.
      if (this.#bytes - flushed >= flushBytes) {
        await spool.flush();
        flushed = this.#bytes;
      }
    }
    if (!tar.ended) throw raise.truncated({ source });
    await spool.flush();
  }

  end(): Scanned {
    if (this.#version === undefined) throw raise['version-missing']({ source: this.#options.source });
    return { formatVersion: this.#version, index: this.#index };
  }

  begin({ name, size, type }: TarMember): boolean {
    const at = this.#at(name);
    if (type === '5') {
      if (!isSafeDirectory(name)) throw raise['member-unsafe'](at);
      return false;
    }
    if (type !== '0') throw raise['member-unsupported']({ ...at, what: specialMember(type) });
    return this.#isWanted(placeOf(name), at, size);
  }

  #isWanted(place: Place, at: At, size: number): boolean {
    switch (place.is) {
      case 'unsafe':
        throw raise['member-unsafe'](at);
      case 'unexpected':
        throw raise['member-unexpected'](at);
      case 'other':
        return false;
      case 'versioned':
        this.#checkCount();
        if (place.preferred !== undefined) this.#index.prefer(place.resource, place.preferred);
        return false;
      case 'version':
        if (this.#version !== undefined) throw raise['member-duplicate'](at);
        if (size > 256) throw raise['version-unsupported']({ source: at.source, version: '…' });
        return true;
      case 'item':
        this.#checkItem(place.item, at, size);
        return true;
    }
  }

  #checkItem(item: ItemPlace, at: At, size: number): void {
    const { source, limits } = this.#options;
    if (this.#index.has(item)) throw raise['member-duplicate'](at);
    const namespaced = this.#index.type(item.resource)?.namespaced;
    if (namespaced !== undefined && namespaced !== (item.namespace !== undefined)) {
      throw raise['member-unexpected'](at);
    }
    this.#checkCount();
    if (size > limits.itemBytes) {
      throw raise['too-large']({ source, limit: limitReached.itemBytes(limits.itemBytes, at.member) });
    }
  }

  #checkCount(): void {
    const { source, limits } = this.#options;
    if (this.#index.size < limits.items && this.#index.preferences <= limits.items) return;
    throw raise['too-large']({ source, limit: limitReached.items(limits.items) });
  }

  body({ name }: TarMember, bytes: Buffer): void {
    const place = placeOf(name);
    if (place.is === 'version') this.#version = this.#readVersion(bytes);
    if (place.is === 'item') this.#takeItem(place.item, bytes, this.#at(name));
  }

  /** `1` of Velero before 1.4, and `1.x.y`. */
  #readVersion(bytes: Buffer): string {
    const version = bytes.toString().trim();
    if (/^1(\.\d{1,9}){0,2}$/.test(version)) return version;
    throw raise['version-unsupported']({ source: this.#options.source, version: quoted(version) });
  }

  #takeItem(item: ItemPlace, bytes: Buffer, at: At): void {
    const object = parseItem(bytes);
    if (object === undefined) throw raise['item-invalid'](at);
    const reason = contradiction(object, item, this.#index.type(item.resource)?.kind);
    if (reason !== undefined) throw raise['item-mismatch']({ ...at, reason });
    const { apiVersion, kind } = object;
    const facts = { apiVersion, kind, namespaced: item.namespace !== undefined };
    this.#index.add(item, facts, { offset: this.#options.spool.append(bytes), length: bytes.length });
  }

  #at(name: string): At {
    return { source: this.#options.source, member: quoted(name) };
  }
}

interface At {
  readonly source: string;
  readonly member: string;
}
