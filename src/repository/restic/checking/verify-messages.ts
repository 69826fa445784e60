import type { SealKey } from '../sealing/seal.ts';
import type { PackToVerify, PackVerdict } from './pack-verifier.ts';

/** What a thread that verifies packs begins with. */
export interface VerifierSetup {
  readonly key: SealKey;
  /** Memory that pieces of packs come in: {@link slotSize} bytes each. */
  readonly slots: SharedArrayBuffer;
}

/** Bytes. */
export const slotSize = 512 * 1024;
export const slotCount = 4;

export type ToVerifier =
  | { readonly kind: 'begin'; readonly pack: PackToVerify }
  /** The next bytes of the pack lie in a slot, which is the thread's until it says `taken`. */
  | { readonly kind: 'piece'; readonly slot: number; readonly length: number }
  | { readonly kind: 'end' }
  /** The pack cannot be read to its end; there will be no verdict. */
  | { readonly kind: 'abandon' };

export type FromVerifier =
  | { readonly kind: 'taken'; readonly slot: number }
  | { readonly kind: 'verdict'; readonly verdict: PackVerdict };
