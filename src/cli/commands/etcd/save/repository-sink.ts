import { kopiaSink } from '#etcd/save/kopia-sink.ts';
import { resticSink } from '#etcd/save/restic-sink.ts';
import type { SnapshotSink } from '#etcd/save/sink.ts';
import { ownIdentity as ownKopiaIdentity } from '#repository/kopia/access/identity.ts';
import { ownIdentity } from '#repository/restic/access/identity.ts';
import { loadIndex } from '#repository/restic/access/indexed.ts';
import type { Context } from '../../../context.ts';
import { cliErrors } from '../../../errors.ts';
import { resticCompression } from '../../../repository/environment.ts';
import { placeOf } from '../../../repository/place.ts';
import type { FlagValues } from '../../../spec.ts';
import { hozonVersion } from '../../../version.ts';
import { formatOf } from '../../repo/detect.ts';
import { indexedKopia } from '../../repo/kopia/open.ts';
import { tagsOf } from '../../repo/kopia/snapshot.ts';
import { lockedRepository } from '../../repo/open.ts';
import type { save } from './save-spec.ts';

/** The flags that say which repository it is, and how files are stored there. */
export type RepositorySinkFlags = Pick<
  FlagValues<(typeof save)['flags']>,
  | 'repo'
  | 'passwordFile'
  | 'passwordCommand'
  | 'passwordEnv'
  | 'retryLock'
  | 'limitUpload'
  | 'clusterName'
  | 'tag'
  | 'dryRun'
>;

/** The repository that `--repo` names, of whichever format it is; open, and locked where its format has locks. */
export async function repositorySink(flags: RepositorySinkFlags, context: Context): Promise<SnapshotSink> {
  const { clusterName: cluster } = flags;
  if (cluster !== undefined && !/^[\w][\w.-]*$/.test(cluster)) {
    throw cliErrors.raise['bad-value']({ flag: '--cluster-name', given: cluster, expected: 'west' });
  }
  const { store } = await placeOf(flags, context);
  const format = await formatOf(store, context);
  return format === 'kopia' ? ofKopia(flags, context) : ofRestic(flags, context);
}

async function ofRestic(flags: RepositorySinkFlags, context: Context): Promise<SnapshotSink> {
  const { clock, env } = context;
  const { repository, signal } = await lockedRepository(
    flags,
    context,
    flags.dryRun === true ? 'read' : 'append',
  );
  const sink = resticSink(await loadIndex(repository, { signal }), {
    clock,
    identity: ownIdentity(),
    cluster: flags.clusterName,
    tags: flags.tag,
    compression: resticCompression(env),
    program: `hozon ${hozonVersion()}`,
  });
  return untilLockIsLost(sink, signal);
}

/** A lock that is lost ends what goes on under it. */
function untilLockIsLost(sink: SnapshotSink, lock: AbortSignal): SnapshotSink {
  return {
    url: sink.url,
    store: (file, { signal = lock }) => sink.store(file, { signal: AbortSignal.any([signal, lock]) }),
  };
}

async function ofKopia(flags: RepositorySinkFlags, context: Context): Promise<SnapshotSink> {
  const { identity = ownKopiaIdentity() } = await placeOf(flags, context);
  const repository = await indexedKopia(flags, context);
  const tags = tagsOf(flags.tag ?? []);
  return kopiaSink(repository, { clock: context.clock, identity, cluster: flags.clusterName, tags });
}
