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
}

/** Packs that are being stored. */
export class PackStoring {
  readonly #options: StoringOptions;
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: StoringOptions) {
    this.#options = options;
  }

  /** Begins to store a pack; its slot is released when that is done. Failures are told. */
  begin(pack: CompletePack): void {
    const { signal, slots, store, onFailure } = this.#options;
    if (signal.aborted) return;
    const work = store(wholePack(slots, pack), signal)
      .catch(onFailure)
      .finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  /** Waits for what is under way; nothing is thrown here. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }
}

function wholePack(slots: PackSlots, pack: CompletePack): PackToStore {
  const { id, kind } = pack;
  if ('bytes' in pack) return { id, kind, bytes: pack.bytes, contents: [pack.content], release: () => {} };
  const { slot, size } = pack;
  const bytes = slots.bytes(slot).subarray(0, size);
  return { id, kind, bytes, contents: slots.contents(slot), release: () => slots.release(slot) };
}
