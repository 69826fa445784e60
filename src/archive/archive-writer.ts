import type { Clock } from '#foundation/clock.ts';
import type { KubeObject, ResourceType } from '#kube/objects.ts';

/** An archive as it is written: objects go in by `add`, the file comes out of `bytes`. */
export interface ArchiveWriter {
  /** The gzip'ed tar as it is made; iterated once, by the upload. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Writes the object at its two paths (plain and `<version>-preferredversion`); waits while the reader of `bytes` lags. */
  add(type: ResourceType, object: KubeObject): Promise<void>;
  /** No more objects: writes the end of the tar. `bytes` ends when all of it was read. */
  finish(): Promise<void>;
  /** Makes `bytes` throw the reason, so that an upload of it is rejected and nothing is stored. */
  abort(reason: unknown): void;
}

export interface ArchiveWriterOptions {
  readonly signal?: AbortSignal | undefined;
  /** Where the members' time of modification comes from. */
  readonly clock?: Clock | undefined;
}

/** Begins an archive; its first member is `metadata/version`. */
export function createArchive(_options: ArchiveWriterOptions = {}): ArchiveWriter {
  throw new Error('not written yet');
}
