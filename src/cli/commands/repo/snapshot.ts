import { ownIdentity } from '#repository/restic/access/identity.ts';
import { loadIndex } from '#repository/restic/access/indexed.ts';
import type { OpenRepository } from '#repository/restic/access/open.ts';
import { findSnapshot, type StoredSnapshot } from '#repository/restic/access/snapshots.ts';
import { findParent } from '#repository/restic/backup/parent.ts';
import { snapshotTree } from '#repository/restic/backup/snapshot-tree.ts';
import type { GroupBy } from '#repository/retention/grouping.ts';
import type { TreeSource } from '#repository/trees/source.ts';
import type { Context } from '../../context.ts';
import { reasonOf } from '../../reason.ts';
import { resticCompression, resticEnvironment } from '../../repository/environment.ts';
import type { Handler } from '../../spec.ts';
import { hozonVersion } from '../../version.ts';
import { lockedRepository } from './open.ts';
import { groupByOf } from './policy.ts';
import { tuneHeap } from './snapshot-heap.ts';
import { failureNotes, snapshotOutcome } from './snapshot-outcome.ts';
import { type SnapshotFlags, takesStdin, wantedSource } from './snapshot-source.ts';
import { timeOf } from './snapshot-time.ts';
import type { snapshot } from './specs/snapshot.ts';

export const run: Handler<typeof snapshot> = async ({ args, flags }, context) => {
  tuneHeap();
  const { clock, env, progress } = context;
  const { dryRun = false, ignoreInode = false, ignoreCtime = ignoreInode } = flags;
  const time = flags.time === undefined ? undefined : timeOf(flags.time);
  const { source, excludes } = await wantedSource(args, flags, context);
  const stored = { ...flags, stdinTaken: takesStdin(flags) };
  const compression = flags.compression ?? resticCompression(env);
  const groupBy = groupByOf(flags);
  const { repository, signal } = await lockedRepository(stored, context, dryRun ? 'read' : 'append');
  const variables = resticEnvironment(env);
  const identity = ownIdentity();
  const hostname = flags.host ?? variables.host ?? identity.hostname;
  const parent = await parentOf(repository, { flags, groupBy, hostname, source, time, context, signal });
  const taken = await snapshotTree(await loadIndex(repository, { signal }), source, {
    identity,
    clock,
    program: `hozon ${hozonVersion()}`,
    parent,
    time,
    hostname,
    tags: flags.tag,
    excludes,
    withAtime: flags.withAtime,
    ignoreInode,
    ignoreCtime: ignoreCtime || ignoreInode,
    compression,
    dryRun,
    skipIfUnchanged: flags.skipIfUnchanged,
    progress,
    onFailure: failureNotes(context.note),
    signal,
  });
  return snapshotOutcome(taken, { parent: parent?.id, dryRun });
};

interface ParentWanted {
  readonly flags: SnapshotFlags;
  readonly groupBy: GroupBy;
  readonly hostname: string;
  readonly source: TreeSource;
  readonly time: bigint | undefined;
  readonly context: Context;
  readonly signal: AbortSignal;
}

async function parentOf(
  repository: OpenRepository,
  { flags, groupBy, hostname, source, time, context, signal }: ParentWanted,
): Promise<StoredSnapshot | undefined> {
  if (flags.force === true || flags.stdin === true) return undefined;
  if (flags.parent !== undefined) return findSnapshot(repository, flags.parent, { signal });
  return findParent(repository, {
    hostname,
    paths: source.roots.map(String),
    tags: flags.tag,
    groupBy,
    time: time ?? BigInt(context.clock.now().getTime()) * 1_000_000n,
    onDamage: thrown => context.note(reasonOf(thrown)),
    signal,
  });
}
