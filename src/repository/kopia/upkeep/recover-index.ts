import type { Clock } from '#foundation/clock.ts';
import { mapConcurrent } from '#foundation/concurrency.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { damageOf, isDamage } from '../../checking/check-finding.ts';
import type { BlobInfo } from '../access/blobs.ts';
import type { ContentIndex } from '../access/content-index.ts';
import type { KopiaIdentity } from '../access/identity.ts';
import { type IndexedKopia, loadContents } from '../access/indexed.ts';
import { naming } from '../access/naming.ts';
import type { OpenKopia } from '../access/open.ts';
import { readSealedBlob } from '../access/sealed-blobs.ts';
import { readOwnIndex } from '../checking/own-index.ts';
import { contentKey } from '../format/content-id.ts';
import { parseEpochBlob } from '../format/epoch-names.ts';
import { type ContentEntry, parseIndex } from '../format/index.ts';
import { Ledger } from '../writing/ledger.ts';
import { removeBlobs, type Undeleted } from './remove-blobs.ts';

export interface RecoverIndexOptions extends StoreOptions {
  readonly identity: KopiaIdentity;
  /** Reads what every pack says of itself, rather than only packs that no index names. */
  readonly readAllPacks?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly clock?: Clock | undefined;
  readonly progress?: Progress | undefined;
}

/** What was found, and mended unless it was a dry run. */
export interface RecoveredIndex {
  /** Packs that were read. */
  readonly packs: number;
  /** Contents that no index named, or only with a pack that is gone. */
  readonly contents: number;
  /** Indexes that could not be read, and are removed when what they said is known again. */
  readonly damaged: readonly string[];
  /** Packs whose own index cannot be read: what no other index says of them stays lost. */
  readonly unreadable: readonly string[];
  /** Those damaged indexes that are still there although what they said is known again, and why. */
  readonly undeleted: readonly Undeleted[];
}

const atOnce = 8;

/**
 * Makes the indexes describe the packs that are there, by what the packs say of their own contents. Indexes that cannot be read are
 * removed once that is written. A content whose deletion only a lost index knew is live again, until it is collected once more.
 */
export async function recoverIndex(open: OpenKopia, options: RecoverIndexOptions): Promise<RecoveredIndex> {
  const { signal, readAllPacks = false, dryRun = false } = options;
  const damaged: string[] = [];
  const repository = await loadContents(open, {
    signal,
    onDamage: (id, thrown) => {
      damageOf(thrown);
      damaged.push(id);
    },
  });
  const packs = await everyPack(repository, signal);
  const sizes = new Map(packs.map(({ id, size }) => [id, size]));
  const named = namedPacks(repository.index);
  const toRead = readAllPacks ? packs : packs.filter(({ id }) => !named.has(id));
  const { lost, unreadable } = await readPacks(repository, toRead, { ...options, sizes });
  const found = { packs: toRead.length, contents: lost.length, damaged, unreadable, undeleted: [] };
  if (dryRun || lost.length + damaged.length === 0) return found;
  const ledger = new Ledger(repository, options);
  await storeSiblings(repository, damaged, { ledger, signal });
  ledger.stored(lost.map(entry => superseding(repository.index, entry)));
  await ledger.commit({ signal });
  return { ...found, undeleted: await removeBlobs(repository.blobs, damaged, { atOnce: 1, signal }) };
}

async function everyPack(
  { blobs }: OpenKopia,
  signal: AbortSignal | undefined,
): Promise<readonly BlobInfo[]> {
  const packs: BlobInfo[] = [];
  for (const letter of ['p', 'q']) {
    for await (const blob of blobs.list(letter, { signal })) packs.push(blob);
  }
  return packs;
}

function namedPacks(index: ContentIndex): ReadonlySet<string> {
  const packs = new Set<string>();
  for (const content of index.numbers()) packs.add(index.packs[index.packNumber(content)] ?? '');
  return packs;
}

interface ReadPacksOptions extends RecoverIndexOptions {
  /** Bytes of every pack that is there. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** What packs say of themselves that nothing else says. */
async function readPacks(
  repository: IndexedKopia,
  packs: readonly BlobInfo[],
  { signal, sizes, progress = noProgress }: ReadPacksOptions,
): Promise<{ readonly lost: readonly ContentEntry[]; readonly unreadable: readonly string[] }> {
  const lost: ContentEntry[] = [];
  const unreadable: string[] = [];
  let done = 0;
  const read = mapConcurrent(packs, atOnce, async pack => {
    try {
      return { pack, own: await readOwnIndex(repository, pack, { signal }) };
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown;
      return { pack, own: undefined };
    }
  });
  for await (const { pack, own } of read) {
    if (own === undefined) unreadable.push(pack.id);
    else
      lost.push(
        ...own.entries.filter(entry => isWithin(entry, pack) && isLost(repository.index, entry, sizes)),
      );
    progress({ phase: 'read packs', done: ++done, total: packs.length, unit: 'items', current: pack.id });
  }
  return { lost, unreadable };
}

function isWithin({ offset, length }: ContentEntry, { size }: BlobInfo): boolean {
  return offset + length <= size;
}

/** Whether nothing is known of a content, not even that it was deleted; or what is known leads nowhere. */
function isLost(
  index: ContentIndex,
  { id, pack }: ContentEntry,
  sizes: ReadonlyMap<string, number>,
): boolean {
  const key = contentKey(id);
  const content = key.length === index.keySize ? index.numberEvenIfAbsent(key) : -1;
  if (content < 0) return true;
  const known = index.packs[index.packNumber(content)] ?? '';
  if (known === pack) return false;
  const size = sizes.get(known);
  return size === undefined || index.offset(content) + index.sealedLength(content) > size;
}

/** Later than what is known of the content. */
function superseding(index: ContentIndex, entry: ContentEntry): ContentEntry {
  const known = index.find(entry.id);
  if (known === undefined) return entry;
  return { ...entry, timestamp: Math.max(entry.timestamp, known.timestamp + 1) };
}

/** Notes what the other members of a set say that no longer counts without the damaged one. */
async function storeSiblings(
  repository: IndexedKopia,
  damaged: readonly string[],
  { ledger, signal }: StoreOptions & { readonly ledger: Ledger },
): Promise<void> {
  const sets = new Set(damaged.flatMap(id => setOf(id) ?? []));
  const lost = new Set(damaged);
  for (const { id } of repository.epoch.indexBlobs) {
    const set = setOf(id);
    if (set === undefined || !sets.has(set) || lost.has(id)) continue;
    const plain = await readSealedBlob(repository, id, { signal });
    const file = await naming(repository.store, id, async () =>
      parseIndex(plain, repository.sealer.overhead),
    );
    for (let entry = 0; entry < file.count; entry++) {
      ledger.stored([file.entry(entry)]);
      if (ledger.isDue) await ledger.commit({ signal, goOn: true });
    }
  }
}

function setOf(id: string): string | undefined {
  const parsed = parseEpochBlob(id);
  return parsed?.kind === 'single' || parsed?.kind === 'range' ? parsed.set?.set : undefined;
}
