import type { ContentHasher } from './hashing.ts';
import type { ContentEntry } from './index.ts';
import type { ContentSealer } from './sealing.ts';

/** Bytes at a pack's end, in which its postamble lies wholly. */
export const postambleWindow = 8192;

/** Where a pack's own index lies, as its last bytes say. */
export interface Postamble {
  readonly iv: Buffer;
  readonly offset: number;
  readonly length: number;
}

/** What the end of a pack is made with. */
export interface PackTail {
  readonly hash: ContentHasher;
  readonly sealer: Pick<ContentSealer, 'seal'>;
  readonly indexVersion: 1 | 2;
  readonly random: (size: number) => Buffer;
}

/** A name for a new pack: `p` of file data or `q` of everything else. */
export function packBlobId(_kind: 'p' | 'q', _session: string, _random: (size: number) => Buffer): string {
  throw new Error('unfinished');
}

/**
 * What a pack begins with.
 * @param replica - the bytes of `kopia.repository`, where packs of the repository hold a copy (`enablePasswordChange` false).
 */
export function packPreamble(_random: (size: number) => Buffer, _replica?: Uint8Array): Buffer {
  throw new Error('unfinished');
}

/** What follows the contents of a pack that has come to `length` bytes: padding, its own index sealed, and where that lies. */
export function packTail(_length: number, _entries: readonly ContentEntry[], _tail: PackTail): Buffer {
  throw new Error('unfinished');
}

/** What the last bytes of a pack say; `undefined` where they are no postamble. */
export function readPostamble(_lastBytes: Uint8Array): Postamble | undefined {
  throw new Error('unfinished');
}

/** The copy of `kopia.repository` that a pack begins, or ends, with; `undefined` where there is none. */
export function readReplica(_bytes: Uint8Array): Buffer | undefined {
  throw new Error('unfinished');
}
