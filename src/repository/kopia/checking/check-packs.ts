import { availableParallelism } from 'node:os';
import { mapConcurrent } from '#foundation/concurrency.ts';
import type { Message } from '#foundation/language.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { type CheckFinding, isDamage } from '../../checking/check-finding.ts';
import { type PackSubset, selectPacks } from '../../checking/pack-subset.ts';
import {
  type PackSource,
  type Verify,
  VerifyingThreads,
  verifyHere,
} from '../../checking/verifying-threads.ts';
import type { BlobInfo } from '../access/blobs.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import { naming } from '../access/naming.ts';
import { type ContentEntry } from '../format/index.ts';
import { sessionOf } from '../format/session.ts';
import type { OpenerFormat } from '../restore/content-opener.ts';
import { findingOf } from './check-blobs.ts';
import { type OwnIndex, readOwnIndex } from './own-index.ts';
import { type PackToVerify, type PackVerdict, type PlacedContent, packVerifiers } from './pack-verifier.ts';

export interface CheckPacksOptions extends StoreOptions {
  /** Read every byte of all packs, or of some; otherwise none is read. */
  readonly readData?: boolean | PackSubset | undefined;
  /** Threads that verify what is read; unless told, as many as there are processors, and none for little. */
  readonly threads?: number | undefined;
  readonly random?: (() => number) | undefined;
  readonly progress?: Progress | undefined;
}

interface FoundPack {
  readonly id: string;
  /** Numbers in the index of what lies in it. */
  readonly contents: Uint32Array;
  /** Bytes of its blob; absent where there is none. */
  readonly size: number | undefined;
}

/** Below so many bytes, no threads are started. */
const fewBytes = 32 * 1024 * 1024;

/** Two for each processor: one is read while the other is looked at. */
const underWay = 2 * availableParallelism();

/**
 * What is wrong with packs: that one is gone or too short for what the index says is in it, and, of those that are read, that any
 * content or its own index is not what it was. Nobody vouches for the random bytes at a pack's beginning, and for those between its
 * contents and its own index. Every content that cannot be read is marked in `lost`.
 */
export async function* checkPacks(
  repository: IndexedKopia,
  { blobs, lost }: { readonly blobs: readonly BlobInfo[]; readonly lost: Uint8Array },
  options: CheckPacksOptions,
): AsyncGenerator<CheckFinding> {
  const { progress = noProgress } = options;
  const sizes = new Map(blobs.filter(({ id }) => isPack(id)).map(({ id, size }) => [id, size]));
  const numbers = repository.index.numbersByPack();
  const named = repository.index.packs.flatMap((id, at): FoundPack[] => {
    const contents = numbers[at] ?? new Uint32Array();
    return contents.length === 0 ? [] : [{ id, contents, size: sizes.get(id) }];
  });
  const known = new Set(named.map(({ id }) => id));
  const others = [...sizes].filter(([id]) => !known.has(id));
  const unnamed = others.map(([id, size]): FoundPack => ({ id, contents: new Uint32Array(), size }));
  const packs = [...named, ...unnamed];
  const toRead = chosen(packs, options);
  const bytes = [...toRead].reduce((sum, { size = 0 }) => sum + size, 0);
  const count = options.threads ?? (bytes < fewBytes ? 0 : availableParallelism());
  await using threads = count === 0 ? undefined : verifyingThreads(repository.format, count);
  const verify = threads?.verify ?? verifyHere(packVerifiers(repository.format));
  let done = 0;
  const checked = mapConcurrent(packs, underWay, async pack => {
    const finding = await checkPack(repository, pack, { lost, read: toRead.has(pack), verify, options });
    progress({ phase: 'check', done: ++done, total: packs.length, unit: 'items', current: pack.id });
    return finding;
  });
  for await (const finding of checked) if (finding !== undefined) yield finding;
  const sessions = new Set(blobs.filter(({ id }) => id.startsWith('s')).map(({ id }) => sessionOf(id)));
  for (const { id } of unnamed) {
    const text = sessions.has(sessionOf(id)) ? unnamedOfSession : unnamedPack;
    yield { kind: 'unused', file: id, text };
  }
}

/** Threads that verify packs of a repository with that format. */
function verifyingThreads(
  { encryption, masterKey, ecc, eccOverheadPercent, hash, secret }: OpenerFormat,
  count: number,
): VerifyingThreads<PackToVerify, PackVerdict> {
  const source = new URL('./verify-worker.ts', import.meta.url);
  const repository = { encryption, masterKey, ecc, eccOverheadPercent, hash, secret };
  return new VerifyingThreads({ source, built: 'kopia-verify-worker.js', repository }, count);
}

function isPack(id: string): boolean {
  return /^[pq][0-9a-f]{32}/.test(id);
}

function chosen(
  packs: readonly FoundPack[],
  { readData, random }: CheckPacksOptions,
): ReadonlySet<FoundPack> {
  if (readData === undefined || readData === false) return new Set();
  const there = packs.filter(({ size }) => size !== undefined);
  if (readData === true) return new Set(there);
  const sized = there.map(pack => ({ id: pack.id.slice(1), size: pack.size ?? 0, pack }));
  return new Set(selectPacks(sized, readData, random).map(({ pack }) => pack));
}

interface PackCheck {
  readonly lost: Uint8Array;
  readonly read: boolean;
  readonly verify: Verify<PackToVerify, PackVerdict>;
  readonly options: StoreOptions;
}

async function checkPack(
  repository: IndexedKopia,
  { id, contents, size }: FoundPack,
  { lost, read, verify, options }: PackCheck,
): Promise<CheckFinding | undefined> {
  const { index } = repository;
  if (size === undefined) {
    for (const content of contents) lost[content] = 1;
    const isGivenUp = contents.every(content => index.isDeleted(content));
    return isGivenUp
      ? { kind: 'untidy', file: id, text: givenUp }
      : { kind: 'file', file: id, text: missing };
  }
  const beyond = contents.filter(each => index.offset(each) + index.sealedLength(each) > size);
  for (const content of beyond) lost[content] = 1;
  if (!read) return beyond.length === 0 ? undefined : { kind: 'file', file: id, text: tooShort };
  return readPack(repository, { id, contents, size }, { lost, read, verify, options });
}

/** Every content that an index or the pack's own one names is opened. */
async function readPack(
  repository: IndexedKopia,
  { id, contents, size }: FoundPack & { readonly size: number },
  { lost, verify, options }: PackCheck,
): Promise<CheckFinding | undefined> {
  const { index } = repository;
  let own: OwnIndex | undefined;
  const ownFinding = await findingOf(id, async () => {
    own = await readOwnIndex(repository, { id, size }, options);
  });
  const places = placesOf(
    Array.from(contents, each => index.entry(each)),
    own?.entries ?? [],
  );
  const verdict = await verifyPack(repository, { id, size, places }, { verify, options });
  const damaged = new Set(verdict.lost.map(number => places[number]?.id));
  for (const content of contents) if (damaged.has(index.id(content))) lost[content] = 1;
  const [first] = verdict.lost;
  if (first === undefined) return ownFinding;
  return { kind: 'file', file: id, text: damagedContents(verdict.lost.length, places[first]?.id ?? '') };
}

/** By their offsets, each place once; what the index says of one counts. */
function placesOf(entries: readonly ContentEntry[], own: readonly ContentEntry[]): readonly PlacedContent[] {
  const places = new Map<number, PlacedContent>();
  const more: PlacedContent[] = [];
  for (const { id, offset, length, original, compression } of [...entries, ...own]) {
    const place = { id, offset, length, original, compression };
    const known = places.get(offset);
    if (known === undefined) places.set(offset, place);
    else if (known.id !== id) more.push(place);
  }
  return [...places.values(), ...more].sort((a, b) => a.offset - b.offset);
}

interface Placed {
  readonly id: string;
  readonly size: number;
  readonly places: readonly PlacedContent[];
}

/** All are lost of a pack that cannot be read to its end. */
async function verifyPack(
  { blobs, store }: IndexedKopia,
  { id, size, places }: Placed,
  { verify, options }: Pick<PackCheck, 'verify' | 'options'>,
): Promise<PackVerdict> {
  options.signal?.throwIfAborted();
  const source: PackSource = {
    path: async () => store.pathOf?.(blobs.keyOf(id), options),
    body: () => blobs.stream(id, { offset: 0, length: size }, options),
  };
  try {
    return await naming(store, id, () => verify({ size, contents: places }, source));
  } catch (thrown) {
    if (!isDamage(thrown)) throw thrown;
    return { lost: places.map((_, number) => number) };
  }
}

const missing: Message = {
  en: () => 'it is missing',
  ja: () => 'ありません',
};
const givenUp: Message = {
  en: () => 'it is missing; only contents that are marked deleted were in it, and maintenance forgets them',
  ja: () => 'ありません。削除済みのコンテンツだけが含まれていたため、メンテナンスで記録が消えます',
};
const tooShort: Message = {
  en: () => 'it ends before contents that an index says are in it',
  ja: () => 'インデックスに記録されたコンテンツの途中で終わっています',
};
const unnamedPack: Message = {
  en: () => 'no index names this pack; `hozon repo repair index` or maintenance tidies up',
  ja: () =>
    'このパックはどのインデックスにもありません。`hozon repo repair index` またはメンテナンスで整理できます',
};
const unnamedOfSession: Message = {
  en: () => 'no index names this pack; whoever writes it, or was interrupted, left word of the session',
  ja: () => 'このパックはどのインデックスにもありません。書き込み中または中断されたセッションのものです',
};

function damagedContents(count: number, id: string): Message {
  return {
    en: () =>
      count === 1
        ? `the content ${id} in it is damaged`
        : `${count} contents in it are damaged; the first is ${id}`,
    ja: () =>
      count === 1
        ? `コンテンツ ${id} が破損しています`
        : `${count} 個のコンテンツが破損しています。最初のものは ${id} です`,
  };
}
