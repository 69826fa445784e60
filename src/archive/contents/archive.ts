import type { GroupResource, ObjectKey, ResourceType } from '#kube/objects.ts';
import type { ResourceReader } from '#kube/resource-reader.ts';
import { scanArchive } from './archive-scan.ts';
import { type ArchiveLimits, defaultLimits } from './limits.ts';
import { Spool } from './spool.ts';
import { SpooledArchive } from './spooled-archive.ts';

export type { ArchiveLimits } from './limits.ts';

/** Where an item is in an archive. */
export interface ItemKey {
  readonly resource: GroupResource;
  readonly namespace?: string | undefined;
  readonly name: string;
}

/**
 * An archive whose items are at hand, as a {@link ResourceReader}. Each group-resource is one type, in the version
 * that the cluster preferred when it was backed up; a type is found by its group and resource alone, and objects come
 * in the apiVersion that they were saved with. Items are in the archive's order.
 */
export interface Archive extends ResourceReader, AsyncDisposable {
  /** Of the archive's layout: `1.1.0`, or `1` of an old Velero. */
  readonly formatVersion: string;
  /** Number of items. */
  readonly size: number;
  /** What it holds, without reading the objects: by type, in the archive's order. */
  keys(type: ResourceType): Iterable<ObjectKey>;
}

export interface OpenArchiveOptions {
  /** For messages: a backup's name, a file. */
  readonly source: string;
  readonly limits?: Partial<ArchiveLimits> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a whole archive (gzip'ed tar, by Velero or Hozon) once, checks all of it, and keeps its items in an unnamed
 * temporary file until it is disposed of. Nothing of an archive that fails a check can be read. Errors are those of
 * `archive-errors.ts`, and what `body` throws.
 */
export async function openArchive(
  body: AsyncIterable<Uint8Array>,
  options: OpenArchiveOptions,
): Promise<Archive> {
  const { source, signal } = options;
  const limits = { ...defaultLimits, ...options.limits };
  signal?.throwIfAborted();
  const spool = await Spool.open(source);
  try {
    const { formatVersion, index } = await scanArchive(body, { source, limits, spool, signal });
    return new SpooledArchive({ source, formatVersion, index, spool });
  } catch (thrown) {
    await spool[Symbol.asyncDispose]();
    throw thrown;
  }
}
