import {
  type GroupResource,
  groupResource,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '#kube/objects.ts';
import type { ReadOptions, ResourceReader } from '#kube/resource-reader.ts';
import { parseSelector } from '#kube/selector-text.ts';
import { matches, type Selector } from '#kube/selectors.ts';
import type { ArchiveIndex, IndexedItem } from './archive-index.ts';
import { scanArchive } from './archive-scan.ts';
import { parseItem } from './item-json.ts';
import { type ArchiveLimits, defaultLimits } from './limits.ts';
import { Spool } from './spool.ts';

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

interface Parts {
  readonly source: string;
  readonly formatVersion: string;
  readonly index: ArchiveIndex;
  readonly spool: Spool;
}

class SpooledArchive implements Archive {
  readonly source: string;
  readonly formatVersion: string;
  readonly size: number;
  readonly #index: ArchiveIndex;
  readonly #spool: Spool;

  constructor({ source, formatVersion, index, spool }: Parts) {
    this.source = source;
    this.formatVersion = formatVersion;
    this.size = index.size;
    this.#index = index;
    this.#spool = spool;
  }

  types(): Promise<readonly ResourceType[]> {
    return Promise.resolve(this.#index.types());
  }

  *keys(type: ResourceType): Generator<ObjectKey> {
    for (const { namespace, name } of this.#items(type)) {
      yield namespace === undefined ? { name } : { namespace, name };
    }
  }

  async *read(type: ResourceType, options: ReadOptions = {}): AsyncGenerator<KubeObject> {
    const selector: Selector = parseSelector(options.labelSelector ?? '');
    const namespace = type.namespaced ? (options.namespace ?? '') : '';
    const wanted = this.#items(type).filter(item => namespace === '' || item.namespace === namespace);
    for (const batch of neighbours(wanted)) {
      options.signal?.throwIfAborted();
      for (const object of await this.#readBatch(batch)) {
        options.signal?.throwIfAborted();
        if (matches(selector, object.metadata.labels ?? undefined)) yield object;
      }
    }
  }

  async get(
    type: ResourceType,
    key: ObjectKey,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<KubeObject | undefined> {
    options.signal?.throwIfAborted();
    const item = this.#index.find(groupResource(type), key);
    if (item === undefined) return undefined;
    const [object] = await this.#readBatch([item]);
    return object;
  }

  #items(type: ResourceType): readonly IndexedItem[] {
    return this.#index.type(groupResource(type))?.items ?? [];
  }

  async #readBatch(batch: readonly IndexedItem[]): Promise<KubeObject[]> {
    const { offset } = batch[0] as IndexedItem;
    const last = batch.at(-1) as IndexedItem;
    const bytes = await this.#spool.read(offset, last.offset + last.length - offset);
    return batch.map(item => {
      const start = item.offset - offset;
      const object = parseItem(bytes.subarray(start, start + item.length));
      if (object === undefined) throw new Error(`the spool of ${this.source} was changed`);
      return object;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#spool[Symbol.asyncDispose]();
  }
}

/** Bytes that one read takes, unless a single item has more. */
const batchBytes = 512 * 1024;

/** Bytes between two items that are read along rather than around. */
const gapBytes = 16 * 1024;

/** Runs of items that lie close together, for one read each. */
function* neighbours(items: readonly IndexedItem[]): Generator<IndexedItem[]> {
  let run: IndexedItem[] = [];
  let start = 0;
  let end = 0;
  for (const item of items) {
    const itemEnd = item.offset + item.length;
    if (run.length > 0 && (item.offset - end > gapBytes || itemEnd - start > batchBytes)) {
      yield run;
      run = [];
    }
    if (run.length === 0) start = item.offset;
    run.push(item);
    end = itemEnd;
  }
  if (run.length > 0) yield run;
}
