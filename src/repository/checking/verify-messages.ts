/** Looks at a pack while it streams by. */
export interface PackVerifier<Verdict> {
  /** Bytes that the pack is to have. */
  readonly size: number;
  /** How many bytes the next piece best has, of which about `usual` are wished; at least one before the end. */
  bestLength(usual: number): number;
  /** The next bytes of the file. They are not kept. */
  take(piece: Uint8Array): void;
  /** When all bytes were given. */
  finish(): Verdict;
}

/** What a thread that verifies packs begins with. */
export interface VerifierSetup {
  /** What the format is told of the repository: keys. */
  readonly repository: unknown;
  /** Memory that pieces of packs come in: {@link slotSize} bytes each. */
  readonly slots: SharedArrayBuffer;
}

/** Bytes. */
export const slotSize = 512 * 1024;
export const slotCount = 4;

/** Packs are JSON: as objects, those in it would take longer to be handed over than a small blob takes to be verified. */
export type ToVerifier =
  /** All of the pack lies in a file of this machine. */
  | { readonly kind: 'file'; readonly pack: string; readonly path: string }
  | { readonly kind: 'begin'; readonly pack: string }
  /** The next bytes of the pack lie in a slot, which is the thread's until it says `taken`. */
  | { readonly kind: 'piece'; readonly slot: number; readonly length: number }
  | { readonly kind: 'end' }
  /** The pack cannot be read to its end; there will be no verdict. */
  | { readonly kind: 'abandon' };

export type FromVerifier =
  | { readonly kind: 'taken'; readonly slot: number }
  | { readonly kind: 'verdict'; readonly verdict: unknown }
  /** In place of a verdict: the file is not to be had, or has another size. */
  | { readonly kind: 'unread' };
