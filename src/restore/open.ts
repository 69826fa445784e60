import { createHash } from 'node:crypto';
import type { Restore, RestorePhase } from '#api/velero/restore.ts';
import { type Archive, openArchive } from '#archive/contents/archive.ts';
import { downloadBackup, readBackup, readBackupVolumeInfos } from '#archive/stored/backups.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { KubeApi } from '#kube/api.ts';
import type { Discovery } from '#kube/discovery.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { readChanges } from './changes/read-changes.ts';
import { raise } from './errors.ts';
import { indexVolumes, type VolumeIndex } from './facts.ts';
import type { Context } from './item.ts';
import type { Note } from './notes.ts';
import { findRegistries } from './registry/registry.ts';
import { problems } from './request/problems.ts';
import { checkTargets, type RestoreRequest, readRequest, targetNamespace } from './request/request.ts';
import { newestOfSchedule } from './request/schedule.ts';
import { findScope, type Scope } from './scope.ts';

export interface OpenOptions {
  readonly api: KubeApi;
  /** The location that holds the backup. */
  readonly store: ObjectStore;
  /** Phase `read`. */
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Where Velero or OADP lives in this cluster: its ConfigMaps say what is changed. */
  readonly veleroNamespace: string;
  /** Whether a backup of a schedule that is PartiallyFailed counts as its newest, too. */
  readonly allowPartiallyFailed?: boolean | undefined;
}

/** A restore of which everything is known that can be known without looking at single objects of the cluster. */
export interface OpenRestore extends AsyncDisposable {
  /** What is asked for, its backup named. */
  readonly wanted: Restore;
  readonly request: RestoreRequest;
  readonly archive: Archive;
  /** SHA-256 of the archive as it is stored, in hexadecimal digits: the identity of what the backup holds. */
  readonly digest: string;
  readonly cluster: Discovery;
  readonly scope: Scope;
  readonly volumeInfos: VolumeIndex;
  readonly context: Context;
  /** About the restore as a whole. */
  readonly notes: readonly Note[];
}

/**
 * Reads the request, the backup, and what the cluster says about changing objects. Touches nothing. Throws
 * `restore.invalid`, naming every problem, and `restore.backup-not-whole` for a backup that failed.
 */
export async function openRestore(asked: Restore, options: OpenOptions): Promise<OpenRestore> {
  const { store, progress = noProgress, signal } = options;
  const request = await withBackup(readRequest(asked), options);
  const { itemOperationTimeout = defaultOperationTimeout } = asked.spec;
  const spec = { ...asked.spec, backupName: request.backupName, itemOperationTimeout };
  const wanted: Restore = { ...asked, spec };
  progress({ phase: 'read', done: 0, unit: 'items' });
  const backup = await readBackup(store, request.backupName, { signal });
  const phase = backup.status?.phase ?? 'Completed';
  if (!restorable.has(phase)) throw raise['backup-not-whole']({ backup: request.backupName, phase });
  const volumeInfos = indexVolumes(
    (await readBackupVolumeInfos(store, request.backupName, { signal })) ?? [],
  );
  const { archive, digest } = await openHashed(request.backupName, options);
  try {
    const registry = await findRegistries({ api: options.api, signal, archive, backup });
    const found = await lookAround(archive, { request, registry }, options);
    progress({ phase: 'read', done: archive.size, total: archive.size, unit: 'items' });
    const dispose = { [Symbol.asyncDispose]: () => archive[Symbol.asyncDispose]() };
    return { wanted, request, archive, digest, volumeInfos, ...found, ...dispose };
  } catch (thrown) {
    await archive[Symbol.asyncDispose]();
    throw thrown;
  }
}

/** As Velero's controller sets it. */
const defaultOperationTimeout = '4h0m0s';

async function openHashed(
  name: string,
  { store, signal }: OpenOptions,
): Promise<{ archive: Archive; digest: string }> {
  const hash = createHash('sha256');
  const body = await downloadBackup(store, name, { signal });
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      hash.update(chunk);
      yield chunk;
    }
  }
  const archive = await openArchive(hashed(), { source: name, signal });
  return { archive, digest: hash.digest('hex') };
}

async function lookAround(
  archive: Archive,
  { request, registry }: Pick<OpenRestore, 'request'> & Pick<Context, 'registry'>,
  options: OpenOptions,
): Promise<Pick<OpenRestore, 'cluster' | 'scope' | 'context' | 'notes'>> {
  const { api, signal } = options;
  const cluster = await api.discover({ refresh: true, signal });
  const scope = await findScope(archive, request, { cluster, signal });
  checkTargets(request, scope.namespaces);
  const changes = await readChanges(request, options);
  const context = contextOf(request, { scope, changes, registry, openshift: isOpenShift(cluster) });
  return { cluster, scope, context, notes: [...scope.notes, ...changes.notes] };
}

/** Finds the newest backup where the request names a schedule. */
async function withBackup(
  request: RestoreRequest,
  { store, signal, allowPartiallyFailed = false }: OpenOptions,
): Promise<RestoreRequest> {
  const { name, scheduleName } = request;
  if (scheduleName === undefined) return request;
  const phases = ['Completed' as const, ...(allowPartiallyFailed ? ['PartiallyFailed' as const] : [])];
  const backupName = await newestOfSchedule(store, scheduleName, { phases, signal });
  if (backupName !== undefined) return { ...request, backupName };
  throw raise.invalid({ name, problems: [problems.noneOfSchedule(scheduleName, phases)] });
}

/** A backup in another phase is under way, being deleted, or not what it was meant to be. */
const restorable: ReadonlySet<string> = new Set<RestorePhase>(['Completed', 'PartiallyFailed']);

function isOpenShift(cluster: Discovery): boolean {
  return cluster.byName('routes.route.openshift.io') !== undefined;
}

function contextOf(
  request: RestoreRequest,
  { scope, ...found }: Pick<Context, 'changes' | 'openshift' | 'registry'> & { readonly scope: Scope },
): Context {
  return {
    restoreName: request.name,
    backupName: request.backupName,
    existing: request.existing,
    preserveNodePorts: request.preserveNodePorts,
    mapNamespace: namespace => targetNamespace(request, namespace),
    hooks: request.hooks,
    restoresStatus: resource => scope.selection.status(resource),
    ...found,
  };
}
