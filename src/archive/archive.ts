import type { GroupResource, ObjectKey, ResourceType } from '#kube/objects.ts';
import type { ResourceReader } from '#kube/resource-reader.ts';

/** Where an item is in an archive. */
export interface ItemKey {
  readonly resource: GroupResource;
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface Archive extends ResourceReader, AsyncDisposable {
  readonly formatVersion: string;
  /** Number of items. */
  readonly size: number;
  /** What it holds, without reading the objects: by type, in the archive's order. */
  keys(type: ResourceType): Iterable<ObjectKey>;
}

export interface ArchiveLimits {
  /** Bytes of the uncompressed tar. */
  readonly archiveBytes: number;
  /** Bytes of one item's JSON. */
  readonly itemBytes: number;
  readonly items: number;
}

export interface OpenArchiveOptions {
  /** For messages: a backup's name, a file. */
  readonly source: string;
  readonly limits?: Partial<ArchiveLimits> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Reads a whole archive once and checks it; what it holds is then at hand until it is disposed of. */
export function openArchive(
  _body: AsyncIterable<Uint8Array>,
  _options: OpenArchiveOptions,
): Promise<Archive> {
  throw new Error('not written yet');
}
