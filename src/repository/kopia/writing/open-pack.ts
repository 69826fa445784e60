import { randomBytes } from 'node:crypto';
import { formatBlobId } from '../access/blobs.ts';
import type { ContentId } from '../format/content-id.ts';
import type { ContentEntry } from '../format/index.ts';
import { packBlobId, packPreamble, packTail } from '../format/pack.ts';
import { formatBlobLimit } from '../format/repository-format.ts';
import type { WritableKopia } from './writable.ts';

/** `p` holds the content of files, `q` everything else. */
export type PackKind = 'p' | 'q';

export function packKindOf(id: ContentId): PackKind {
  return id.length % 2 === 1 ? 'q' : 'p';
}

/** What is said of a content that is added to a pack. One that is marked deleted moves to another pack as it is. */
export type NewEntry = Omit<ContentEntry, 'pack' | 'offset' | 'length' | 'deleted'> &
  Partial<Pick<ContentEntry, 'deleted'>>;

/** A pack that contents are being added to. */
export class OpenPack {
  readonly blobId: string;
  readonly #entries = new Map<ContentId, ContentEntry>();
  readonly #parts: Uint8Array[];
  #length: number;

  /** @param preamble what it begins with: {@link packPreamble} */
  constructor(blobId: string, preamble: Uint8Array) {
    this.blobId = blobId;
    this.#parts = [preamble];
    this.#length = preamble.length;
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  get entries(): readonly ContentEntry[] {
    return [...this.#entries.values()];
  }

  add(sealed: Uint8Array, entry: NewEntry): void {
    const { deleted = false } = entry;
    const place = { pack: this.blobId, offset: this.#length, length: sealed.length, deleted };
    this.#entries.set(entry.id, { ...entry, ...place });
    this.#parts.push(sealed);
    this.#length += sealed.length;
  }

  /** Takes a content out of the pack's entries; whether it was there. */
  drop(id: ContentId): boolean {
    return this.#entries.delete(id);
  }

  /** The bytes of the whole pack. */
  finish({ hash, sealer, format }: WritableKopia): Buffer {
    const tail = packTail(this.#length, this.entries, {
      hash,
      sealer,
      indexVersion: format.indexVersion,
      random: randomBytes,
    });
    return Buffer.concat([...this.#parts, tail], this.#length + tail.length);
  }
}

/** A new pack of a session. @param replica see {@link replicaOf} */
export function newPack(kind: PackKind, session: string, replica: Uint8Array | undefined): OpenPack {
  return new OpenPack(packBlobId(kind, session, randomBytes), packPreamble(randomBytes, replica));
}

/** The copy of `kopia.repository` that packs begin with, where the repository wants one. */
export async function replicaOf({ blobs, format }: WritableKopia): Promise<Buffer | undefined> {
  if (format.enablePasswordChange) return undefined;
  return blobs.get(formatBlobId, { limit: formatBlobLimit });
}
