import { statfs } from 'node:fs/promises';
import { raise } from '../errors.ts';
import type { BegunWrite, ObjectInfo, PutOptions } from '../object-store.ts';
import { publishTemporary, removeTemporary, type TemporaryFile } from './atomic-write.ts';
import { storageFailure } from './failures.ts';
import { type Place, placeOf, refuseLinks } from './places.ts';

/** A file of a directory's store that the caller fills. */
export class BegunFile implements BegunWrite {
  readonly descriptor: number;
  readonly #temporary: TemporaryFile;
  readonly #begunAs: Place;

  constructor(temporary: TemporaryFile, begunAs: Place) {
    this.descriptor = temporary.file.fd;
    this.#temporary = temporary;
    this.#begunAs = begunAs;
  }

  failure(thrown: unknown): unknown {
    return storageFailure(thrown, this.#begunAs.url, this.#begunAs.key);
  }

  async finish(key: string, options: PutOptions = {}): Promise<ObjectInfo> {
    const { root, url } = this.#begunAs;
    const { size, signal } = options;
    try {
      const place = placeOf(root, url, key);
      signal?.throwIfAborted();
      const { size: received } = await this.#temporary.file.stat();
      if (size !== undefined && received !== size)
        throw raise['wrong-size']({ url, key, expected: size, received });
      await refuseLinks(place);
      return await publishTemporary(this.#temporary, place, 'replace', { signal, patient: true });
    } catch (thrown) {
      throw storageFailure(thrown, url, key);
    } finally {
      await this.abandon();
    }
  }

  async abandon(): Promise<void> {
    await removeTemporary(this.#temporary);
  }
}

/** Numbers of statfs(2) of file systems that keep their files on this machine: ext2 to ext4, XFS, Btrfs, tmpfs, overlayfs, F2FS, ZFS, bcachefs. */
const ofThisMachine: ReadonlySet<number> = new Set([
  0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994, 0x794c_7630, 0xf2f5_2010, 0x2fc1_2fc1, 0xca45_1a4e,
]);

/** Whether a directory lies on a file system that is known to be one of this machine; `false` where the system does not say. */
export async function isOfThisMachine(directory: string): Promise<boolean> {
  try {
    return ofThisMachine.has((await statfs(directory)).type);
  } catch {
    return false;
  }
}
