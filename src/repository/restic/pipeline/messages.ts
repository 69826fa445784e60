import type { SharedIndex } from '../access/blob-index.ts';
import type { Compression } from '../format/zstd.ts';
import type { SealKey } from '../sealing/seal.ts';
import type { CompletePack } from './blob-store.ts';
import type { ClaimsMemory } from './claims.ts';
import type { SlotsMemory } from './pack-slots.ts';

/** What a worker begins with. */
export interface WorkerSetup {
  readonly key: SealKey;
  readonly polynomial: bigint;
  readonly compression: Compression;
  readonly known: SharedIndex;
  readonly claims: ClaimsMemory;
  readonly slots: SlotsMemory;
  readonly calling: SharedArrayBuffer;
}

/** Many byte strings as one, so that a message does not drag along the buffers they are parts of. */
export interface Strings {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly lengths: readonly number[];
}

/** Work for a worker. */
export type Job =
  /** Whole files, one after the other. */
  | { readonly kind: 'files'; readonly paths: Strings }
  /** A large file that all workers share: whoever is free takes its next chunk. */
  | { readonly kind: 'share'; readonly fd: number; readonly path: string; readonly cursor: SharedArrayBuffer }
  /** A chunk of a stream, in memory. */
  | { readonly kind: 'chunk'; readonly memory: SharedArrayBuffer; readonly length: number }
  /** Trees that are known to be new. */
  | { readonly kind: 'trees'; readonly plains: Strings };

/** What came of a job: for `files` a content for each, in their order; for `share` this worker's part; else none. */
export interface JobAnswer {
  /** The ids of all blobs, 32 bytes each, one content after the other: a message of few parts is sent the fastest. */
  readonly ids: Uint8Array<ArrayBuffer>;
  /** For each content how many blobs it has, and how many bytes. */
  readonly counts: readonly number[];
  readonly sizes: readonly number[];
  /** Contents that could not be read, by their number. */
  readonly errors: ReadonlyMap<number, ReadError>;
  /** Of a shared file: the number of each chunk in it. */
  readonly numbers?: readonly number[] | undefined;
}

/** What came of one content: the ids of its blobs; or what went wrong. */
export interface JobContent {
  readonly ids: readonly Uint8Array[];
  /** Bytes. */
  readonly size: number;
  /** Of a shared file: the number of each chunk in it. */
  readonly numbers?: readonly number[] | undefined;
  readonly error?: ReadError | undefined;
}

/** An error of the operating system, as it crosses from one thread to another. */
export interface ReadError {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
  readonly path: string;
  readonly message: string;
}

export type ToWorker = { readonly number: number; readonly job: Job };

export type FromWorker =
  | { readonly kind: 'done'; readonly number: number; readonly answer: JobAnswer }
  | { readonly kind: 'pack'; readonly pack: CompletePack }
  | { readonly kind: 'failed'; readonly error: Error };

export function joinStrings(strings: readonly Uint8Array[]): Strings {
  const lengths = strings.map(each => each.length);
  const bytes = new Uint8Array(lengths.reduce((sum, each) => sum + each, 0));
  let at = 0;
  for (const each of strings) {
    bytes.set(each, at);
    at += each.length;
  }
  return { bytes, lengths };
}

export function* splitStrings({ bytes, lengths }: Strings): Generator<Buffer> {
  let at = 0;
  for (const length of lengths) {
    yield Buffer.from(bytes.buffer, bytes.byteOffset + at, length);
    at += length;
  }
}

const idSize = 32;

export function joinContents(contents: readonly JobContent[]): JobAnswer {
  const ids = joinStrings(contents.flatMap(content => content.ids)).bytes;
  const errors = contents.flatMap(({ error }, at) => (error === undefined ? [] : [[at, error] as const]));
  return {
    ids,
    counts: contents.map(content => content.ids.length),
    sizes: contents.map(content => content.size),
    errors: new Map(errors),
    numbers: contents[0]?.numbers,
  };
}

export function splitContents({ ids, counts, sizes, errors, numbers }: JobAnswer): JobContent[] {
  let at = 0;
  return counts.map((count, content) => {
    const own = Array.from({ length: count }, () => ids.subarray(at, (at += idSize)));
    return { ids: own, size: sizes[content] ?? 0, numbers, error: errors.get(content) };
  });
}
