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
