import { isHozonError } from '#foundation/errors.ts';
import type { BlobInfo } from '../../access/blobs.ts';
import { type IndexedKopia, refreshContents } from '../../access/indexed.ts';
import { naming } from '../../access/naming.ts';
import { readSealedBlob } from '../../access/sealed-blobs.ts';
import { readSession, sessionOf } from '../../format/session.ts';
import { moveContents } from '../moving-contents.ts';
import { type OrphanPlan, planOrphans } from '../orphan-packs.ts';
import { planRewrite, type RewriteFacts } from '../short-packs.ts';
import { deleteBlobs } from './delete-blobs.ts';
import { ledgerOf, type MaintenanceWork, type TaskResult } from './work.ts';

export interface RewriteOptions extends Pick<RewriteFacts, 'dropBefore' | 'letters'> {}

/**
 * Puts the contents of short packs together in new ones.
 *
 * @throws `repository.damaged`, `file-missing`; nothing is lost then
 */
export async function rewriteShortPacks(
  work: MaintenanceWork,
  { dropBefore, letters }: RewriteOptions = {},
): Promise<TaskResult> {
  const { repository, safety, clock } = work;
  const { index, format } = repository;
  const now = clock.now().getTime();
  const { maxPackSize } = format;
  const plan = planRewrite({ index, maxPackSize, now, dropBefore, letters }, safety);
  if (!work.dryRun && plan.contents.length > 0) {
    const ledger = ledgerOf(work);
    await moveContents(repository, plan.contents, ledger, work);
    await ledger.commit();
  }
  const written = work.dryRun ? { contents: 0, bytes: 0 } : plan.rewrite;
  return {
    kind: 'rewriteContentsStats',
    data: {
      toRewriteContentCount: plan.rewrite.contents,
      toRewriteContentSize: plan.rewrite.bytes,
      rewrittenContentCount: written.contents,
      rewrittenContentSize: written.bytes,
      retainedContentCount: plan.retain.contents,
      retainedContentSize: plan.retain.bytes,
    },
  };
}

const sessionPrefix = 's';
const blobPrefixes = ['p', 'q', sessionPrefix];
/** Blobs that are deleted at once. */
const atOnce = 16;

/**
 * Deletes packs that no index names and markers of sessions that are over; only blobs of some prefixes where these are given. What
 * is to go is looked up once more in an index that was read after the packs and sessions were listed: whoever wrote an index meanwhile
 * is heeded.
 *
 * @throws `repository.damaged` where a session cannot be read
 */
export async function deleteOrphans(
  work: MaintenanceWork,
  prefixes: readonly string[] = blobPrefixes,
): Promise<TaskResult> {
  const { repository, signal, dryRun } = work;
  const listed: BlobInfo[] = [];
  for (const prefix of new Set([...prefixes, sessionPrefix])) {
    for await (const blob of repository.blobs.list(prefix, { signal })) listed.push(blob);
  }
  const sessions = await livingSessions(work, listed);
  const blobs = listed.filter(({ id }) => prefixes.some(prefix => id.startsWith(prefix)));
  const plan = planned(work, blobs, sessions);
  if (dryRun || plan.remove.length === 0) return orphanStats(plan, []);
  await refreshContents(repository, { signal, clock: work.clock });
  const again = planned(work, plan.remove, sessions);
  const { blobs: gone, shortfall } = await deleteBlobs(work, again.remove, { atOnce });
  return { ...orphanStats(plan, gone), shortfall };
}

function planned(
  work: MaintenanceWork,
  blobs: readonly BlobInfo[],
  sessions: ReadonlyMap<string, number>,
): OrphanPlan {
  const used = usedPacks(work.repository);
  return planOrphans({ blobs, isUsed: pack => used.has(pack), sessions, began: work.began }, work.safety);
}

/** Packs that any entry names which is not dropped. */
function usedPacks({ index }: IndexedKopia): ReadonlySet<string> {
  const packs = new Set<string>();
  for (const content of index.numbers()) packs.add(index.packs[index.packNumber(content)] ?? '');
  return packs;
}

/** When each session said last that it lives. */
async function livingSessions(
  { repository, signal }: MaintenanceWork,
  blobs: readonly BlobInfo[],
): Promise<ReadonlyMap<string, number>> {
  const sessions = new Map<string, number>();
  for (const { id } of blobs) {
    const session = id.startsWith('s') ? sessionOf(id) : undefined;
    if (session === undefined) continue;
    const checkpoint = await checkpointOf(repository, id, signal);
    if (checkpoint !== undefined) sessions.set(session, Math.max(checkpoint, sessions.get(session) ?? 0));
  }
  return sessions;
}

/** `undefined` where the session has ended meanwhile. */
async function checkpointOf(
  repository: IndexedKopia,
  id: string,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  try {
    const plain = await readSealedBlob(repository, id, { signal });
    const { checkpointTime } = await naming(repository.store, id, async () => readSession(plain));
    return Number(checkpointTime / 1_000_000n);
  } catch (thrown) {
    if (isHozonError(thrown, 'repository.file-missing')) return undefined;
    throw thrown;
  }
}

function orphanStats({ remove, retain }: OrphanPlan, gone: readonly BlobInfo[]): TaskResult {
  return {
    kind: 'deleteUnreferencedPacksStats',
    data: {
      unreferencedPackCount: remove.length,
      unreferencedTotalSize: sizeOf(remove),
      deletedPackCount: gone.length,
      deletedTotalSize: sizeOf(gone),
      retainedPackCount: retain.length,
      retainedTotalSize: sizeOf(retain.map(({ blob }) => blob)),
    },
  };
}

function sizeOf(blobs: readonly BlobInfo[]): number {
  return blobs.reduce((sum, { size }) => sum + size, 0);
}
