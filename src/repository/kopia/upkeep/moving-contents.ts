import { noProgress, type Progress } from '#foundation/progress.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { isDamage } from '../../checking/check-finding.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import { naming } from '../access/naming.ts';
import { contentIv } from '../format/sealing.ts';
import type { Ledger } from '../writing/ledger.ts';
import { newPack, type OpenPack, type PackKind, packKindOf, replicaOf } from '../writing/open-pack.ts';
import type { ContentTotal } from './collection-plan.ts';

export interface MovingOptions extends StoreOptions {
  /** Makes those live again that are marked deleted; otherwise these move as they are. */
  readonly undelete?: boolean | undefined;
  readonly progress?: Progress | undefined;
}

/** Contents of one pack that lie near each other, in order. */
interface Run {
  readonly pack: string;
  readonly contents: readonly number[];
  readonly offset: number;
  length: number;
}

/** Bytes between two contents that are read rather than asked around. */
const bridgedGap = 64 * 1024;
/** Bytes that are read at once at most, if one content has not more. */
const longestRun = 16 * 1024 * 1024;

/**
 * Stores contents anew in other packs, sealed as they are once each was found whole. The ledger gets to know them and is not
 * committed.
 *
 * @throws `repository.damaged`, `file-missing` with the pack that holds what cannot be read; nothing is lost then
 */
export async function moveContents(
  repository: IndexedKopia,
  contents: readonly number[] | Uint32Array,
  ledger: Ledger,
  options: MovingOptions = {},
): Promise<ContentTotal> {
  const { signal, progress = noProgress } = options;
  const moving = new Moving(repository, ledger, options);
  let [moved, bytes] = [0, 0];
  for (const run of runsOf(repository, contents)) {
    signal?.throwIfAborted();
    bytes += await moving.move(run);
    moved += run.contents.length;
    progress({ phase: 'move', done: moved, total: contents.length, unit: 'items', current: run.pack });
  }
  await moving.finish();
  return { contents: moved, bytes };
}

class Moving {
  readonly #repository: IndexedKopia;
  readonly #ledger: Ledger;
  readonly #options: MovingOptions;
  readonly #open = new Map<PackKind, OpenPack>();
  #replica: Promise<Buffer | undefined> | undefined;

  constructor(repository: IndexedKopia, ledger: Ledger, options: MovingOptions) {
    this.#repository = repository;
    this.#ledger = ledger;
    this.#options = options;
  }

  /** Bytes of what was moved. */
  async move({ pack, contents, offset, length }: Run): Promise<number> {
    const { blobs, index } = this.#repository;
    let memory: Buffer;
    try {
      memory = await blobs.range(pack, { offset, length }, this.#options);
    } catch (thrown) {
      this.#throwUnlessGivenUp(contents, thrown);
      return 0;
    }
    let moved = 0;
    for (const content of contents) {
      const entry = index.entry(content);
      const from = entry.offset - offset;
      const sealed = memory.subarray(from, from + entry.length);
      if (!(await this.#isWhole(content, sealed))) continue;
      moved += sealed.length;
      const deleted = this.#options.undelete === true ? false : entry.deleted;
      await this.#add(sealed, { ...entry, deleted, timestamp: this.#ledger.timeFor(entry.id) });
    }
    return moved;
  }

  async #isWhole(content: number, sealed: Uint8Array): Promise<boolean> {
    const { index, sealer, store } = this.#repository;
    const { id, pack } = index.entry(content);
    try {
      await naming(store, pack, async () => sealer.open(sealed, contentIv(id)));
      return true;
    } catch (thrown) {
      this.#throwUnlessGivenUp([content], thrown);
      return false;
    }
  }

  /** What is marked deleted and cannot be read stays where it is, and is forgotten in time. */
  #throwUnlessGivenUp(contents: readonly number[], thrown: unknown): void {
    const { index } = this.#repository;
    const areDeleted = this.#options.undelete !== true && contents.every(each => index.isDeleted(each));
    if (!areDeleted || !isDamage(thrown)) throw thrown;
  }

  async finish(): Promise<void> {
    for (const kind of ['p', 'q'] as const) await this.#store(kind);
  }

  async #add(sealed: Uint8Array, entry: ReturnType<IndexedKopia['index']['entry']>): Promise<void> {
    const kind = packKindOf(entry.id);
    const pack = this.#open.get(kind) ?? (await this.#begin(kind));
    pack.add(sealed, entry);
    if (pack.length >= this.#repository.format.maxPackSize) await this.#store(kind);
  }

  async #begin(kind: PackKind): Promise<OpenPack> {
    this.#replica ??= replicaOf(this.#repository);
    const pack = newPack(kind, await this.#ledger.session(), await this.#replica);
    this.#open.set(kind, pack);
    return pack;
  }

  async #store(kind: PackKind): Promise<void> {
    const pack = this.#open.get(kind);
    if (pack === undefined) return;
    this.#open.delete(kind);
    await this.#repository.blobs.put(pack.blobId, pack.finish(this.#repository), this.#options);
    this.#ledger.stored(pack.entries);
    if (this.#ledger.isDue && this.#open.size === 0) await this.#ledger.commit(this.#options);
  }
}

/** The contents in their order, those together that one request reads. */
function* runsOf({ index }: IndexedKopia, contents: Iterable<number>): Generator<Run> {
  let run: (Run & { readonly contents: number[] }) | undefined;
  for (const content of contents) {
    const [pack, offset] = [index.packs[index.packNumber(content)] ?? '', index.offset(content)];
    const length = index.sealedLength(content);
    const end = run === undefined ? 0 : run.offset + run.length;
    const joins =
      run?.pack === pack &&
      offset >= run.offset &&
      offset <= end + bridgedGap &&
      offset + length - run.offset <= longestRun;
    if (run !== undefined && joins) {
      run.contents.push(content);
      run.length = Math.max(run.length, offset + length - run.offset);
      continue;
    }
    if (run !== undefined) yield run;
    run = { pack, contents: [content], offset, length };
  }
  if (run !== undefined) yield run;
}
