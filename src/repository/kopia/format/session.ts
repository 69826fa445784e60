/** A run of writing, as its marker tells it: the marker keeps its packs from being collected. Times in nanoseconds. */
export interface Session {
  readonly id: string;
  readonly startTime: bigint;
  readonly checkpointTime: bigint;
  readonly username: string;
  readonly hostname: string;
}

/** A name for a new session. @param now - milliseconds since 1970. */
export function newSessionId(_now: number, _random: (size: number) => Buffer): string {
  throw new Error('unfinished');
}

/** The plain bytes of a marker. */
export function writeSession(_session: Session): Buffer {
  throw new Error('unfinished');
}

/** @throws Fault */
export function readSession(_plain: Uint8Array): Session {
  throw new Error('unfinished');
}

/** The name of the blob that holds these plain bytes sealed: `s<hash>-<session>`. */
export function sessionBlobId(_hash: Uint8Array, _session: string): string {
  throw new Error('unfinished');
}

/** The session that a blob's name tells; `undefined` where it tells none. */
export function sessionOf(_blobId: string): string | undefined {
  throw new Error('unfinished');
}
