import type { WholeBody } from '#storage/put-whole.ts';
import { discard } from '../posix/memory-advice.ts';
import type { CompletePack, PackedContent, PackKind, PackSlots } from './pack-slots.ts';
import type { SlotFiles } from './slot-files.ts';

/** A whole pack, while it is being stored. */
export interface PackToStore {
  readonly id: string;
  readonly kind: PackKind;
  /** To be stored by `putWhole`. */
  readonly body: WholeBody;
  /** Views of memory that is used again after `release`. */
  readonly contents: readonly PackedContent[];
  /** Says that the bytes are stored: the slot can be used again. */
  readonly release: () => void;
}

export interface StoringOptions {
  readonly signal: AbortSignal;
  readonly slots: PackSlots;
  readonly files: SlotFiles;
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
    const { signal, store, onFailure } = this.#options;
    if (signal.aborted) return;
    const work = store(wholePack(this.#options, pack, this.#isSlow()), signal)
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

/** @param givenBack whether memory is given back to the system until the slot is filled again */
function wholePack(
  { slots, files }: Pick<StoringOptions, 'slots' | 'files'>,
  pack: CompletePack,
  givenBack: boolean,
): PackToStore {
  const { id, kind } = pack;
  if ('bytes' in pack) return { id, kind, body: pack.bytes, contents: [pack.content], release: () => {} };
  const { slot, size } = pack;
  const contents = slots.contents(slot);
  const memory = slots.memory(slot);
  const release = (): void => {
    if (givenBack && memory !== undefined) discard(memory);
    files.renew(slot);
  };
  const body = memory?.subarray(0, size) ?? files.of(slot, size);
  return { id, kind, body, contents, release };
}
