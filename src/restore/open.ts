import type { Restore } from '#api/velero/restore.ts';
import type { Archive } from '#archive/contents/archive.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { KubeApi } from '#kube/api.ts';
import type { Discovery } from '#kube/discovery.ts';
import { readChanges } from './changes/read-changes.ts';
import { indexVolumes, type VolumeIndex } from './facts.ts';
import type { Context } from './item.ts';
import type { Note } from './notes.ts';
import { findRegistries } from './registry/registry.ts';
import { checkTargets, type RestoreRequest, readRequest, targetNamespace } from './request/request.ts';
import { findScope, type Scope } from './scope.ts';
import type { RestoreSource } from './source.ts';

export interface OpenOptions {
  readonly api: KubeApi;
  /** Where the objects come from. */
  readonly source: RestoreSource;
  /** Phase `read`. */
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Where Velero or OADP lives in this cluster: its ConfigMaps say what is changed. */
  readonly veleroNamespace: string;
}

/** A restore of which everything is known that can be known without looking at single objects of the cluster. */
export interface OpenRestore extends AsyncDisposable {
  /** What is asked for, its backup named. */
  readonly wanted: Restore;
  readonly request: RestoreRequest;
  readonly archive: Archive;
  /** As `OpenedSource` says: the identity of what the backup holds. */
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
  const { api, source, progress = noProgress, signal } = options;
  const request = await source.named(readRequest(asked), { signal });
  const { itemOperationTimeout = defaultOperationTimeout } = asked.spec;
  const spec = { ...asked.spec, backupName: request.backupName, itemOperationTimeout };
  const wanted: Restore = { ...asked, spec };
  progress({ phase: 'read', done: 0, unit: 'items' });
  const { backup, archive, digest, ...opened } = await source.open(request, { api, signal });
  try {
    const registry = await findRegistries({ api, signal, archive, backup });
    const { notes, ...found } = await lookAround(archive, { request, registry }, options);
    progress({ phase: 'read', done: archive.size, total: archive.size, unit: 'items' });
    const volumeInfos = indexVolumes(opened.volumeInfos);
    const dispose = { [Symbol.asyncDispose]: () => archive[Symbol.asyncDispose]() };
    const said = [...opened.notes, ...notes];
    return { wanted, request, archive, digest, volumeInfos, ...found, notes: said, ...dispose };
  } catch (thrown) {
    await archive[Symbol.asyncDispose]();
    throw thrown;
  }
}

/** As Velero's controller sets it. */
const defaultOperationTimeout = '4h0m0s';

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
