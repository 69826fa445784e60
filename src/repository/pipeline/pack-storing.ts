import { discard } from '../posix/memory-advice.ts';
import type { CompletePack, PackedContent, PackKind, PackSlots } from './pack-slots.ts';

/** A whole pack, while it is being stored. */
export interface PackToStore {
  readonly id: string;
  readonly kind: PackKind;
  readonly bytes: Uint8Array;
  /** Views of memory that is used again after `release`. */
  readonly contents: readonly PackedContent[];
  /** Says that the bytes are stored: the memory can be used again. */
  readonly release: () => void;
}

export interface StoringOptions {
  readonly signal: AbortSignal;
  readonly slots: PackSlots;
  /** Stores a pack and takes note of it. */
  readonly store: (pack: PackToStore, signal: AbortSignal) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
  /** Processor time that a pack took, in microseconds, from which on its memory is given back; half a second unless told. */
  readonly muchWork?: number | undefined;
}

/**
 * Processor time for a pack, in microseconds, from which on its memory is not kept for the next one in its slot. To get 16 MiB anew from the
 * system takes some 12 ms; and where packs take so long to fill, most are stored before the next one is full.
 */
const usuallyMuch = 500_000;

/** Packs that are being stored. */
export class PackStoring {
  readonly #options: StoringOptions;
  readonly #underWay = new Set<Promise<void>>();
  /** What this process had used of the processors when the last pack was complete. */
  #before = process.cpuUsage();

  constructor(options: StoringOptions) {
    this.#options = options;
  }

  /** Begins to store a pack; its slot is released when that is done. Failures are told. */
  begin(pack: CompletePack): void {
    const { signal, slots, store, onFailure } = this.#options;
    if (signal.aborted) return;
    const work = store(wholePack(slots, pack, this.#isSlow()), signal)
      .catch(onFailure)
      .finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  /** Whether much work went into the pack that is complete now. */
  #isSlow(): boolean {
    const { user, system } = process.cpuUsage(this.#before);
    this.#before = process.cpuUsage();
    return user + system >= (this.#options.muchWork ?? usuallyMuch);
  }

  /** Waits for what is under way; nothing is thrown here. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }
}

/** @param givenBack whether the memory is given back to the system until the slot is filled again */
function wholePack(slots: PackSlots, pack: CompletePack, givenBack: boolean): PackToStore {
  const { id, kind } = pack;
  if ('bytes' in pack) return { id, kind, bytes: pack.bytes, contents: [pack.content], release: () => {} };
  const { slot, size } = pack;
  const memory = slots.bytes(slot);
  const release = (): void => {
    if (givenBack) discard(memory);
    slots.release(slot);
  };
  return { id, kind, bytes: memory.subarray(0, size), contents: slots.contents(slot), release };
}
