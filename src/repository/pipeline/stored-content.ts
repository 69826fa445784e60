import type { JobContent, ReadError } from './messages.ts';

/** The chunks of a content, in their order. */
export interface StoredChunks {
  readonly keys: readonly Uint8Array[];
  /** Bytes of each. */
  readonly lengths: readonly number[];
}

/** A file that could not be read to its end; nothing refers to what was stored of it. */
export interface UnreadContent {
  readonly error: NodeJS.ErrnoException;
}

/** A worker's answer for one file. */
export function asChunks({ keys, lengths, error }: JobContent): StoredChunks | UnreadContent {
  return error === undefined ? { keys, lengths } : { error: asSystemError(error) };
}

/** The content of a file that several workers stored parts of. */
export function mergeParts(parts: readonly JobContent[]): StoredChunks | UnreadContent {
  const error = parts.find(part => part.error !== undefined)?.error;
  return error === undefined ? joinParts(parts) : { error: asSystemError(error) };
}

/** The chunks that parts of one content have, by their numbers. */
export function joinParts(parts: readonly JobContent[]): StoredChunks {
  const keys: Uint8Array[] = [];
  const all: number[] = [];
  for (const { keys: own, lengths, numbers = [] } of parts) {
    for (const [at, number] of numbers.entries()) {
      keys[number] = own[at] ?? new Uint8Array(0);
      all[number] = lengths[at] ?? 0;
    }
  }
  return { keys, lengths: all };
}

function asSystemError({ message, ...rest }: ReadError): NodeJS.ErrnoException {
  return Object.assign(new Error(message), rest);
}
