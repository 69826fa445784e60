import type { BegunWrite } from '#storage/object-store.ts';
import type { WholeBody } from '#storage/put-whole.ts';
import { PackUnwritten } from './pack-file.ts';
import type { PackSlots } from './pack-slots.ts';

/** Begins what packs are written into as they are filled; `undefined` where packs have to be whole before they are stored. */
export type BeginPack = (signal: AbortSignal) => Promise<BegunWrite | undefined>;

export interface SlotFilesOptions {
  readonly signal: AbortSignal;
  readonly slots: PackSlots;
  readonly begin?: BeginPack | undefined;
  readonly onFailure: (error: unknown) => void;
}

/** Makes slots free to be filled, each with a file where the store has files to be filled. */
export class SlotFiles {
  readonly #options: SlotFilesOptions;
  readonly #files = new Map<number, BegunWrite>();
  readonly #underWay = new Set<Promise<void>>();
  /** Slots that were made free the first time. */
  #made = 0;

  constructor(options: SlotFilesOptions) {
    this.#options = options;
  }

  /** Makes the first of the slots free that were not yet, until there are so many; resolves when it is done. Failures are told. */
  async make(count: number): Promise<void> {
    while (this.#made < count) this.#free(this.#made++);
    await Promise.all(this.#underWay);
  }

  /** The pack that was written into a slot's file, which has so many bytes. */
  of(slot: number, length: number): WholeBody {
    const written = this.#files.get(slot);
    if (written === undefined) throw new Error(`slot ${slot} has no file`);
    return { written, length };
  }

  /** Makes a slot free again whose pack is stored. */
  renew(slot: number): void {
    this.#files.delete(slot);
    this.#free(slot);
  }

  /** What was thrown, as the store says it. */
  failure(thrown: unknown): unknown {
    if (!(thrown instanceof PackUnwritten)) return thrown;
    return this.#files.get(thrown.slot)?.failure(thrown.reason) ?? thrown.reason;
  }

  /** Removes the files that no pack came of; to be called when no thread writes any more. */
  async abandon(): Promise<void> {
    await Promise.all(this.#underWay);
    await Promise.all(Array.from(this.#files.values(), file => file.abandon()));
  }

  #free(slot: number): void {
    const { begin, onFailure } = this.#options;
    if (begin === undefined) {
      this.#options.slots.release(slot);
      return;
    }
    const work = this.#begin(slot, begin)
      .catch(onFailure)
      .finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  async #begin(slot: number, begin: BeginPack): Promise<void> {
    const { slots, signal } = this.#options;
    const file = await begin(signal);
    if (file !== undefined) this.#files.set(slot, file);
    slots.release(slot, file?.descriptor);
  }
}
