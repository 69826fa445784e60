import { randomBytes } from 'node:crypto';
import type { Clock } from '#foundation/clock.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import type { KopiaIdentity } from '../access/identity.ts';
import { blobIv } from '../format/sealing.ts';
import { newSessionId, sessionBlobId, writeSession } from '../format/session.ts';
import { deleteOwn } from './delete-own.ts';
import { settleBlobConfig } from './settle-config.ts';
import type { WritableKopia } from './writable.ts';

/**
 * A run of writing. Its marker is in the store before its first pack, so that nobody collects packs that no index names yet, and is
 * deleted when one does.
 */
export class WritingSession {
  readonly #repository: WritableKopia;
  readonly #identity: KopiaIdentity;
  readonly #clock: Clock;
  #begun: Promise<{ readonly id: string; readonly marker: string }> | undefined;

  constructor(repository: WritableKopia, identity: KopiaIdentity, clock: Clock) {
    this.#repository = repository;
    this.#identity = identity;
    this.#clock = clock;
  }

  /** The session's id; it begins where it has not yet. */
  async id(options: StoreOptions): Promise<string> {
    this.#begun ??= this.#begin(options);
    return (await this.#begun).id;
  }

  /** Ends the session: the next one has another id. A marker that may not be deleted stays until maintenance may. */
  async end(options: StoreOptions): Promise<void> {
    if (this.#begun === undefined) return;
    const { marker } = await this.#begun;
    await deleteOwn(this.#repository, marker, options);
    this.#begun = undefined;
  }

  async #begin(options: StoreOptions): Promise<{ id: string; marker: string }> {
    const { blobs, hash, sealer } = this.#repository;
    await settleBlobConfig(this.#repository, options);
    const now = this.#clock.now().getTime();
    const id = newSessionId(now, randomBytes);
    const time = BigInt(now) * 1_000_000n;
    const plain = writeSession({ id, startTime: time, checkpointTime: time, ...this.#identity });
    const marker = sessionBlobId(hash(plain), id);
    await blobs.put(marker, sealer.seal(plain, blobIv(marker)), options);
    return { id, marker };
  }
}
