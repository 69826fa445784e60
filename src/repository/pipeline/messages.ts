import type { CompletePack } from './pack-slots.ts';

/** Many byte strings as one, so that a message does not drag along the buffers they are parts of. */
export interface Strings {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly lengths: readonly number[];
}

/** Work for a worker. `how` tells a format's {@link Storer} how contents are to be stored; its own choice where it is empty. */
export type Job =
  /** Whole files, one after the other, and the bytes that each had when it was looked at. */
  | {
      readonly kind: 'files';
      readonly how: string;
      readonly paths: Strings;
      readonly sizes: readonly number[];
    }
  /** A large file, or a section of it, that all workers share: whoever is free takes its next chunk. */
  | {
      readonly kind: 'share';
      readonly how: string;
      readonly fd: number;
      readonly path: string;
      readonly cursor: SharedArrayBuffer;
    }
  /** A chunk of a stream, in memory. */
  | {
      readonly kind: 'chunk';
      readonly how: string;
      readonly memory: SharedArrayBuffer;
      readonly length: number;
    }
  /** Contents that are known to be new. */
  | { readonly kind: 'new'; readonly how: string; readonly plains: Strings };

/** What came of a job: for `files` a content for each, in their order; for `share` this worker's part; else none. */
export interface JobAnswer {
  /** The keys of all chunks, of equal length, one content after the other: a message of few parts is sent the fastest. */
  readonly keys: Uint8Array<ArrayBuffer>;
  /** Bytes of each chunk. */
  readonly lengths: readonly number[];
  /** For each content how many chunks it has. */
  readonly counts: readonly number[];
  /** Contents that could not be read, by their number. */
  readonly errors: ReadonlyMap<number, ReadError>;
  /** Of a shared file: the number of each chunk in it. */
  readonly numbers?: readonly number[] | undefined;
}

/** What came of one content: the keys and lengths of its chunks; or what went wrong. */
export interface JobContent {
  readonly keys: readonly Uint8Array[];
  /** Bytes of each chunk. */
  readonly lengths: readonly number[];
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
  | { readonly kind: 'failed'; readonly error: Error }
  /** The system refused to have the file of a slot's pack written. */
  | { readonly kind: 'unwritten'; readonly slot: number; readonly error: Omit<ReadError, 'path'> };

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

export function joinContents(contents: readonly JobContent[]): JobAnswer {
  const errors = contents.flatMap(({ error }, at) => (error === undefined ? [] : [[at, error] as const]));
  return {
    keys: joinStrings(contents.flatMap(content => content.keys)).bytes,
    lengths: contents.flatMap(content => content.lengths),
    counts: contents.map(content => content.keys.length),
    errors: new Map(errors),
    numbers: contents[0]?.numbers,
  };
}

export function splitContents({ keys, lengths, counts, errors, numbers }: JobAnswer): JobContent[] {
  const keySize = keys.length / lengths.length;
  let at = 0;
  return counts.map((count, content) => {
    const begun = at;
    at += count;
    const own = Array.from({ length: count }, (_, chunk) =>
      keys.subarray((begun + chunk) * keySize, (begun + chunk + 1) * keySize),
    );
    return { keys: own, lengths: lengths.slice(begun, at), numbers, error: errors.get(content) };
  });
}
