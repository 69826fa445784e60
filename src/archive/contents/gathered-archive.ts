import { createHash } from 'node:crypto';
import { groupResource, type KubeObject, keyOf, type ResourceType } from '#kube/objects.ts';
import type { Archive } from './archive.ts';
import { ArchiveIndex } from './archive-index.ts';
import { type ItemPlace, itemPaths } from './item-path.ts';
import { Spool } from './spool.ts';
import { SpooledArchive } from './spooled-archive.ts';

/** An object, and the type that it is kept under. */
export interface GatheredItem {
  readonly type: ResourceType;
  readonly object: KubeObject;
}

export interface GatherOptions {
  /** For messages: what the objects come from. */
  readonly source: string;
  /** The types of what they come from, also those of which nothing is gathered. */
  readonly types: readonly ResourceType[];
  /** Told of each object that no archive can hold; it is left out. */
  readonly onRefused: (item: GatheredItem, reason: Refusal) => void;
  readonly signal?: AbortSignal | undefined;
}

/** `path`: its key is no path. `again`: there is one of that type, namespace and name already. */
export type Refusal = 'path' | 'again';

export interface Gathered {
  readonly archive: Archive;
  /** SHA-256 of the objects in their order, in hexadecimal digits. */
  readonly digest: string;
}

/** Bytes that are kept in memory before they go to the spool. */
const flushBytes = 2 * 1024 * 1024;

/**
 * Makes an archive of objects that are in no tar, spooled as those of one are. Throws `archive.spool-failed`, and what
 * `items` throws.
 */
export async function gatherArchive(
  items: AsyncIterable<GatheredItem>,
  { source, types, onRefused, signal }: GatherOptions,
): Promise<Gathered> {
  signal?.throwIfAborted();
  const spool = await Spool.open(source);
  try {
    const index = new ArchiveIndex();
    const hash = createHash('sha256');
    let pending = 0;
    for await (const item of items) {
      const refusal = refusalOf(index, item);
      if (refusal !== undefined) {
        onRefused(item, refusal);
        continue;
      }
      const body = Buffer.from(JSON.stringify(item.object));
      add(index, item, { offset: spool.append(body), length: body.length });
      hash.update(`${groupResource(item.type)}\n${body.length}\n`).update(body);
      pending += body.length;
      if (pending < flushBytes) continue;
      await spool.flush();
      pending = 0;
      signal?.throwIfAborted();
    }
    await spool.flush();
    const archive = new SpooledArchive({ source, formatVersion: '1.1.0', index, spool, types });
    return { archive, digest: hash.digest('hex') };
  } catch (thrown) {
    await spool[Symbol.asyncDispose]();
    throw thrown;
  }
}

function refusalOf(index: ArchiveIndex, { type, object }: GatheredItem): Refusal | undefined {
  const place = placeOf(type, object);
  if (itemPaths(type, place) === undefined) return 'path';
  return index.has(place) ? 'again' : undefined;
}

function add(
  index: ArchiveIndex,
  { type, object }: GatheredItem,
  at: { readonly offset: number; readonly length: number },
): void {
  const { apiVersion, kind } = object;
  index.add(placeOf(type, object), { apiVersion, kind, namespaced: type.namespaced }, at);
}

function placeOf(type: ResourceType, object: KubeObject): ItemPlace {
  const resource = groupResource(type);
  const { namespace, name } = keyOf(object);
  return namespace ? { resource, namespace, name } : { resource, name };
}
