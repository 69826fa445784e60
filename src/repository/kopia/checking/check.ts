import { isHozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { type CheckFinding, damageOf, fileFinding, isDamage } from '../../checking/check-finding.ts';
import type { BlobInfo } from '../access/blobs.ts';
import { type IndexedKopia, loadContents } from '../access/indexed.ts';
import { loadManifests } from '../access/manifests.ts';
import type { OpenKopia } from '../access/open.ts';
import { listKopiaSnapshots, type StoredKopiaSnapshot } from '../access/snapshots.ts';
import { markUsed } from '../upkeep/used-contents.ts';
import { checkBlobs } from './check-blobs.ts';
import { type CheckPacksOptions, checkPacks } from './check-packs.ts';
import { affectedPaths } from './check-paths.ts';

export type CheckKopiaOptions = CheckPacksOptions;

/**
 * Checks a repository: that its indexes, manifests and directories can be read, that every content they need has its place in a blob
 * that is long enough; with `readData`, that every byte of packs is what it was when it was written. Damage is yielded, not thrown, and
 * after it the paths that suffer. Nothing is written. What others write and remove meanwhile may look like damage.
 *
 * What is gone without a trace, as a snapshot with its index is, cannot be found missing.
 *
 * @throws what the store throws, other than that an object is not there
 */
export async function* checkKopia(
  repository: OpenKopia,
  options: CheckKopiaOptions = {},
): AsyncGenerator<CheckFinding> {
  const told = new Set<string>();
  for await (const finding of everyFinding(repository, options)) {
    // Reading manifests and reading packs may meet the same damage.
    if (finding.kind === 'file' && told.has(finding.file)) continue;
    if (finding.kind === 'file') told.add(finding.file);
    yield finding;
  }
}

async function* everyFinding(
  repository: OpenKopia,
  options: CheckKopiaOptions,
): AsyncGenerator<CheckFinding> {
  const { signal } = options;
  const damage: CheckFinding[] = [];
  const note = (file: string, thrown: unknown): void => {
    damage.push(fileFinding(file, damageOf(thrown)));
  };
  // Packs before the index: one that is written meanwhile must not seem to be named by none.
  const blobs = await Array.fromAsync(repository.blobs.list('', { signal }));
  const indexed = await loadContents(repository, { signal, onDamage: note });
  const snapshots = await readableSnapshots(indexed, note, { signal });
  yield* damage;
  yield* await checkBlobs(indexed, blobs, { signal });
  await using walk = startWalk(indexed, snapshots, { signal });
  const lost = new Uint8Array(indexed.index.size);
  yield* checkPacks(indexed, { blobs: await newest(indexed, blobs, { signal }), lost }, options);
  const used = await walk.used;
  if (used === undefined || used.some((mark, content) => mark !== 0 && lost[content] === 1)) {
    yield* affectedPaths(indexed, { snapshots, lost }, { signal });
  }
  if (used !== undefined) yield* deletedButUsed(indexed, used);
}

/** With packs that the index names and that came after the blobs were listed. */
async function newest(
  { blobs, index }: IndexedKopia,
  listed: readonly BlobInfo[],
  options: StoreOptions,
): Promise<readonly BlobInfo[]> {
  const known = new Set(listed.map(({ id }) => id));
  const late: BlobInfo[] = [];
  for (const pack of index.packs) {
    const found = known.has(pack) ? undefined : await blobs.head(pack, options);
    if (found !== undefined) late.push(found);
  }
  return [...listed, ...late];
}

/** What cannot be read is told by the blob that it is in. */
async function readableSnapshots(
  repository: IndexedKopia,
  note: (file: string, thrown: unknown) => void,
  options: StoreOptions,
): Promise<readonly StoredKopiaSnapshot[]> {
  const manifests = await loadManifests(repository, {
    ...options,
    onDamage: (content, thrown) => note(repository.index.find(content)?.pack ?? content, thrown),
  });
  return listKopiaSnapshots(repository, {
    ...options,
    manifests,
    onDamage: (id, thrown) => note(`manifest ${id}`, thrown),
  });
}

/** The directories are read while packs are; it stops when it is disposed of. */
function startWalk(
  repository: IndexedKopia,
  snapshots: readonly StoredKopiaSnapshot[],
  { signal }: StoreOptions,
) {
  const stop = new AbortController();
  const signals = signal === undefined ? [stop.signal] : [stop.signal, signal];
  const roots = snapshots.flatMap(({ snapshot }) => snapshot.rootEntry ?? []);
  const used = markUsed(repository, roots, { signal: AbortSignal.any(signals) }).catch((thrown: unknown) => {
    if (isDamage(thrown) || isHozonError(thrown, 'repository.kopia-content-missing')) return undefined;
    throw thrown;
  });
  used.catch(() => {}); // thrown where it is awaited
  return {
    /** Marks of the contents that are used; `undefined` where directories cannot be read. */
    used,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await used.catch(() => {});
    },
  };
}

/** A collection that ran beside a snapshot may have deleted what it uses: the next one makes it live again. */
function* deletedButUsed({ index }: IndexedKopia, used: Uint8Array): Generator<CheckFinding> {
  const counts = new Map<string, number>();
  for (const content of index.numbers()) {
    if (used[content] === 0 || !index.isDeleted(content)) continue;
    const pack = index.packs[index.packNumber(content)] ?? '';
    counts.set(pack, (counts.get(pack) ?? 0) + 1);
  }
  for (const [file, count] of counts) yield { kind: 'untidy', file, text: markedDeleted(count) };
}

function markedDeleted(count: number): Message {
  return {
    en: () =>
      `${count} contents in it are in use and marked deleted; the next full maintenance makes them live again`,
    ja: () => `使用中のコンテンツ ${count} 個に削除の印が付いています。次の完全メンテナンスで元に戻ります`,
  };
}
