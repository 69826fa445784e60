import { availableParallelism } from 'node:os';
import { mapConcurrent } from '#foundation/concurrency.ts';
import type { Message } from '#foundation/language.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { type CheckFinding, damageOf, fileFinding } from '../../checking/check-finding.ts';
import { type PackSubset, selectPacks } from '../../checking/pack-subset.ts';
import {
  type PackSource,
  type Verify,
  VerifyingThreads,
  verifyHere,
} from '../../checking/verifying-threads.ts';
import { raise } from '../../errors.ts';
import { Fault } from '../../format/fault.ts';
import type { BlobPlace } from '../access/blob-index.ts';
import { keyOf, naming } from '../access/files.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { isId } from '../format/ids.ts';
import { packSize } from '../format/pack.ts';
import { reasons } from '../format/reasons.ts';
import type { SealKey } from '../sealing/seal.ts';
import { leftover } from './check-files.ts';
import { type PackToVerify, type PackVerdict, packVerifiers } from './pack-verifier.ts';

export interface CheckPacksOptions extends StoreOptions {
  /** Read every byte of all packs, or of some; otherwise none is read. */
  readonly readData?: boolean | PackSubset | undefined;
  /** Threads that verify what is read; unless told, as many as there are processors, and none for little. */
  readonly threads?: number | undefined;
  readonly random?: (() => number) | undefined;
  readonly progress?: Progress | undefined;
}

/** Below so many bytes, no threads are started. */
const fewBytes = 32 * 1024 * 1024;

interface FoundPack {
  readonly id: string;
  readonly entries: Uint32Array;
  /** Bytes of its file; absent where there is none. */
  readonly size: number | undefined;
}

/**
 * What is wrong with packs: that one is gone or of another size than the indexes say, and, of those that are read, that
 * any byte of one is not what it was. Every place that cannot be read is marked in `lost`.
 */
export async function* checkPacks(
  repository: IndexedRepository,
  lost: Uint8Array,
  options: CheckPacksOptions,
): AsyncGenerator<CheckFinding> {
  const { sizes, findings } = await listPacks(repository, options);
  const entries = repository.index.entriesByPack();
  const packs = repository.index.packs.map((id, at): FoundPack => {
    const size = sizes.get(id);
    sizes.delete(id);
    return { id, entries: entries[at] ?? new Uint32Array(), size };
  });
  const toRead = chosen(packs, options);
  const bytes = [...toRead].reduce((sum, { size = 0 }) => sum + size, 0);
  const count = options.threads ?? (bytes < fewBytes ? 0 : availableParallelism());
  await using threads = count === 0 ? undefined : verifyingThreads(repository.key, count);
  const verify = threads?.verify ?? verifyHere(packVerifiers(repository.key));
  yield* checkEach(repository, { packs, toRead, lost, verify }, options);
  yield* findings;
  for (const id of sizes.keys()) yield { kind: 'unused', file: keyOf('data', id), text: unusedPack };
}

/** Threads that verify packs of a repository with these keys. */
export function verifyingThreads(key: SealKey, count: number): VerifyingThreads<PackToVerify, PackVerdict> {
  const source = new URL('./verify-worker.ts', import.meta.url);
  return new VerifyingThreads({ source, built: 'verify-worker.js', repository: key }, count);
}

const unusedPack: Message = {
  en: () => 'no index names this pack; `hozon repo repair index` or `hozon repo prune` tidies up',
  ja: () =>
    'このパックはどのインデックスにもありません。`hozon repo repair index` または `hozon repo prune` で整理できます',
};

/** The sizes of all packs, and what lies among them. */
async function listPacks(
  { store }: IndexedRepository,
  options: StoreOptions,
): Promise<{ readonly sizes: Map<string, number>; readonly findings: readonly CheckFinding[] }> {
  const sizes = new Map<string, number>();
  const findings: CheckFinding[] = [];
  for await (const { key, size } of store.list('data/', options)) {
    const id = key.slice(key.lastIndexOf('/') + 1);
    if (isId(id) && key === keyOf('data', id)) sizes.set(id, size);
    else findings.push(leftover(key));
  }
  return { sizes, findings };
}

function chosen(
  packs: readonly FoundPack[],
  { readData, random }: CheckPacksOptions,
): ReadonlySet<FoundPack> {
  if (readData === undefined || readData === false) return new Set();
  if (readData === true) return new Set(packs);
  const sized = packs.map(pack => ({ id: pack.id, size: pack.size ?? 0, pack }));
  return new Set(selectPacks(sized, readData, random).map(({ pack }) => pack));
}

interface Reading {
  readonly packs: readonly FoundPack[];
  readonly toRead: ReadonlySet<FoundPack>;
  readonly lost: Uint8Array;
  readonly verify: Verify<PackToVerify, PackVerdict>;
}

/** Two for each thread: one is read while the other is looked at. */
const underWay = 2 * availableParallelism();

async function* checkEach(
  repository: IndexedRepository,
  { packs, toRead, lost, verify }: Reading,
  options: CheckPacksOptions,
): AsyncGenerator<CheckFinding> {
  const { progress = noProgress } = options;
  let done = 0;
  const checked = mapConcurrent(packs, underWay, async pack => {
    const checking = new PackCheck(repository, pack, lost);
    const read = toRead.has(pack) && pack.size !== undefined;
    const finding = await (read ? checking.read(verify, options) : checking.compareSize());
    const current = keyOf('data', pack.id);
    progress({ phase: 'check', done: ++done, total: packs.length, unit: 'items', current });
    return finding;
  });
  for await (const finding of checked) if (finding !== undefined) yield finding;
}

class PackCheck {
  readonly #repository: IndexedRepository;
  readonly #pack: FoundPack;
  readonly #lost: Uint8Array;
  readonly #places: readonly BlobPlace[];

  constructor(repository: IndexedRepository, pack: FoundPack, lost: Uint8Array) {
    this.#repository = repository;
    this.#pack = pack;
    this.#lost = lost;
    const places = Array.from(pack.entries, entry => repository.index.place(entry));
    this.#places = places.sort((a, b) => a.offset - b.offset);
  }

  async compareSize(): Promise<CheckFinding | undefined> {
    const { size } = this.#pack;
    return this.#finding(async file => {
      if (size === packSize(this.#places)) return;
      this.#loseAll();
      const { url } = this.#repository.store;
      if (size === undefined) throw raise['file-missing']({ url, file });
      throw new Fault(reasons.packSize);
    });
  }

  async read(
    verify: Verify<PackToVerify, PackVerdict>,
    options: StoreOptions,
  ): Promise<CheckFinding | undefined> {
    const { id, size = 0 } = this.#pack;
    const places = this.#places.map(({ id, type, offset, length, uncompressed }) => ({
      id,
      type,
      offset,
      length,
      uncompressed,
    }));
    return this.#finding(async file => {
      const { store } = this.#repository;
      options.signal?.throwIfAborted();
      const source: PackSource = {
        path: async () => store.pathOf?.(file, options),
        body: async () => store.get(file, options),
      };
      const verdict = await verify({ id, size, places }, source).catch((thrown: unknown) => {
        this.#loseAll();
        throw thrown;
      });
      for (const number of verdict.lost) this.#lose(this.#places[number]);
      if (verdict.fault !== undefined) throw new Fault(reasons[verdict.fault]);
    });
  }

  async #finding(action: (file: string) => Promise<void>): Promise<CheckFinding | undefined> {
    const file = keyOf('data', this.#pack.id);
    try {
      await naming(this.#repository.store, file, async () => action(file));
      return undefined;
    } catch (thrown) {
      return fileFinding(file, damageOf(thrown));
    }
  }

  #loseAll(): void {
    for (const place of this.#places) this.#lose(place);
  }

  #lose(place: BlobPlace | undefined): void {
    if (place !== undefined) this.#lost[place.entry] = 1;
  }
}
