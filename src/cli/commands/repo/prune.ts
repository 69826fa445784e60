import { formatBytes } from '#foundation/format.ts';
import type { Message } from '#foundation/language.ts';
import { type Pruned, pruneRestic } from '#repository/restic/upkeep/prune.ts';
import { cliErrors } from '../../errors.ts';
import { description, type Field } from '../../output/outcome.ts';
import { parseSize } from '../../repository/size.ts';
import { type Handler, say } from '../../spec.ts';
import { abandonedData, abandonedNotes } from './abandoned.ts';
import { lockFor, openRepository } from './open.ts';
import type { prune } from './specs/upkeep.ts';
import { undeletedData, undeletedNotes } from './undeleted.ts';

export const run: Handler<typeof prune> = async ({ flags }, context) => {
  const { dryRun = false, lock } = flags;
  if (lock === false && !dryRun) throw cliErrors.raise['missing-flag']({ flags: ['--dry-run'] });
  const limits = {
    maxUnused: flags.maxUnused === undefined ? undefined : unusedLimit(flags.maxUnused),
    maxRepackBytes: sizeOf('--max-repack-size', flags.maxRepackSize),
    smallPackBytes: sizeOf('--repack-smaller-than', flags.repackSmallerThan),
    cacheableOnly: flags.repackCacheableOnly,
    repackUncompressed: flags.repackUncompressed,
  };
  const repository = await openRepository(flags, context);
  const use = lock === false ? 'read' : 'exclusive';
  const signal = await lockFor(repository, flags, { context, use });
  const { progress, clock } = context;
  const plan = await pruneRestic(repository, { ...limits, dryRun, signal, progress, clock });
  const { copies: _, unfit: __, undeleted, ...printable } = plan;
  return description({
    data: { dryRun, ...printable, undeleted: undeletedData(undeleted), ...abandonedData(plan) },
    name: repository.config.id,
    text: fieldsOf(plan, dryRun),
    notes: [...abandonedNotes(plan), ...undeletedNotes(undeleted)],
    ...(isPartial(plan) ? { exit: 'partial' as const } : {}),
  });
};

/** Whether something is still there that was to go. */
function isPartial({ undeleted, notAbandoned }: Pruned): boolean {
  return undeleted.length > 0 || notAbandoned.length > 0;
}

function sizeOf(flag: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const size = parseSize(given);
  if (size === undefined) throw cliErrors.raise['bad-value']({ flag, given, expected: '500M, 10G' });
  return size;
}

/** Of what remains, or in bytes. */
function unusedLimit(given: string): (usedBytes: number) => number {
  if (given.trim() === 'unlimited') return () => Number.POSITIVE_INFINITY;
  const [, percentage] = /^\s*(\d+(?:\.\d+)?)%\s*$/.exec(given) ?? [];
  const percent = Number(percentage);
  if (percent < 100) return used => (percent / (100 - percent)) * used;
  const size = parseSize(given);
  if (size !== undefined) return () => size;
  throw cliErrors.raise['bad-value']({ flag: '--max-unused', given, expected: '10%, 500M, unlimited' });
}

function fieldsOf(pruned: Pruned, dryRun: boolean): readonly Field[] {
  const { totals, unreferenced, remove, forget } = pruned;
  const { blobs, repack, packs } = totals;
  const rows: readonly (readonly [Message, string])[] = [
    [say('Needed', '必要なデータ'), amount(blobs.used.bytes, blobs.used.blobs)],
    [say('Stored more than once', '重複したデータ'), amount(blobs.duplicate.bytes, blobs.duplicate.blobs)],
    [say('Not needed', '不要なデータ'), amount(blobs.unused.bytes, blobs.unused.blobs)],
    [say('In no index', 'インデックスにないデータ'), formatBytes(totals.unreferencedBytes)],
    [say('Packs kept', '保持するパック'), String(packs.keep)],
    [say('Packs written anew', '書き直すパック'), `${packs.repack} (${formatBytes(repack.bytes)})`],
    [say('Packs removed', '削除するパック'), String(remove.length + unreferenced.length)],
    ...(forget.length === 0
      ? []
      : [[say('Missing packs forgotten', '記録を消す欠落パック'), String(forget.length)] as const]),
    [
      dryRun ? say('Would be freed', '解放される見込み') : say('Freed', '解放した容量'),
      formatBytes(pruned.freedBytes),
    ],
    [say('Not needed, and kept', '残る不要なデータ'), formatBytes(totals.unusedAfter)],
  ];
  return rows.map(([label, value]) => ({ label, value }));
}

function amount(bytes: number, blobs: number): string {
  return `${formatBytes(bytes)} (${blobs})`;
}
