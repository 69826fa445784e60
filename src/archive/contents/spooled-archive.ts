import { groupResource, type KubeObject, type ObjectKey, type ResourceType } from '#kube/objects.ts';
import type { ReadOptions } from '#kube/resource-reader.ts';
import { parseSelector } from '#kube/selector-text.ts';
import { matches, type Selector } from '#kube/selectors.ts';
import type { Archive } from './archive.ts';
import type { ArchiveIndex, IndexedItem } from './archive-index.ts';
import { parseItem } from './item-json.ts';
import type { Spool } from './spool.ts';

export interface SpooledParts {
  readonly source: string;
  readonly formatVersion: string;
  readonly index: ArchiveIndex;
  readonly spool: Spool;
  /** What it holds, where that is more than the types of its items. */
  readonly types?: readonly ResourceType[] | undefined;
}

/** An archive whose items are in a spool, which it owns. */
export class SpooledArchive implements Archive {
  readonly source: string;
  readonly formatVersion: string;
  readonly size: number;
  readonly #index: ArchiveIndex;
  readonly #spool: Spool;
  readonly #types: readonly ResourceType[];

  constructor({ source, formatVersion, index, spool, types }: SpooledParts) {
    this.source = source;
    this.formatVersion = formatVersion;
    this.size = index.size;
    this.#index = index;
    this.#spool = spool;
    this.#types = types ?? index.types();
  }

  types(): Promise<readonly ResourceType[]> {
    return Promise.resolve(this.#types);
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
