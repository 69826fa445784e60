import { mapConcurrent } from '#foundation/concurrency.ts';
import { describeThrown, isAbort, isHozonError } from '#foundation/errors.ts';
import type { Progress } from '#foundation/progress.ts';
import type { KubeApi } from '#kube/api.ts';
import { groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';
import { statusOf } from '#kube/status.ts';
import { raise } from './errors.ts';
import type { TypeReason, UnexportedType } from './reasons.ts';
import { chooseTypes } from './types.ts';

/** What a cluster holds of one project, as far as one may see it. */
export interface ProjectContents {
  readonly name: string;
  /** Absent where it may not be read. */
  readonly namespace: KubeObject | undefined;
  /** Types that were listed, with their objects by name; types without objects too. */
  readonly listed: readonly ListedType[];
  readonly unexported: readonly UnexportedType[];
  /** ClusterRoleBindings and SecurityContextConstraints, where they may be listed. */
  readonly grants: readonly KubeObject[];
}

export interface ListedType {
  readonly type: ResourceType;
  readonly objects: readonly KubeObject[];
}

export interface CollectOptions {
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/** Types listed at once: enough to hide latency, few enough for API priority and fairness. */
const atOnce = 4;

/**
 * Reads every object of a project. Goes on past types that cannot be listed; rejects with
 * `projects.project-not-found`, with `projects.nothing-readable` where no type at all can be listed, and with the
 * `kube.*` errors that say that the server cannot be reached or does not accept the credentials.
 */
export async function collectProject(
  client: KubeApi,
  name: string,
  options: CollectOptions,
): Promise<ProjectContents> {
  const { progress, signal } = options;
  const discovery = await client.discover({ signal });
  const namespace = await readNamespace(client, name, signal);
  const { types, unexported } = chooseTypes(discovery);
  const listed: ListedType[] = [];
  const gaps: UnexportedType[] = [...unexported];
  const list = (type: ResourceType) => tryList(client, type, { namespace: name, signal });
  for await (const result of mapConcurrent(types, atOnce, list)) {
    if ('objects' in result) listed.push(result);
    else gaps.push(result);
    const done = listed.length + gaps.length - unexported.length;
    progress({ phase: 'collect', done, total: types.length, unit: 'items' });
  }
  if (listed.length === 0) throw raise['nothing-readable']({ namespace: name, types: types.length });
  const grants = await readGrants(client, signal);
  return { name, namespace, listed, unexported: gaps, grants };
}

/**
 * The Namespace, or where that may not be read the OpenShift Project of the same name, which its members may.
 * Rejects with `projects.project-not-found`; resolves to `undefined` where neither may be read.
 */
async function readNamespace(
  client: KubeApi,
  name: string,
  signal: AbortSignal | undefined,
): Promise<KubeObject | undefined> {
  const discovery = await client.discover({ signal });
  for (const type of ['namespaces', 'projects.project.openshift.io'].map(each => discovery.byName(each))) {
    if (type === undefined) continue;
    try {
      const found = await client.get(type, { name }, { signal });
      if (found !== undefined) return { ...found, apiVersion: 'v1', kind: 'Namespace' };
      if (type.resource === 'namespaces') throw raise['project-not-found']({ namespace: name });
    } catch (thrown) {
      if (!isHozonError(thrown, 'kube.forbidden')) throw thrown;
    }
  }
  return undefined;
}

/** The objects of a type by name, or why there is no list of them. */
async function tryList(
  client: KubeApi,
  type: ResourceType,
  options: { readonly namespace: string; readonly signal: AbortSignal | undefined },
): Promise<ListedType | UnexportedType> {
  const objects: KubeObject[] = [];
  try {
    for await (const object of client.list(type, options)) objects.push(object);
  } catch (thrown) {
    const reason = whyUnlisted(thrown);
    if (reason === undefined || options.signal?.aborted === true) throw thrown;
    const detail = statusOf(thrown)?.message ?? describeThrown(thrown);
    return { resource: groupResource(type), reason, detail };
  }
  objects.sort((a, b) => compare(a.metadata.name, b.metadata.name));
  return { type, objects };
}

/** By code unit, so that the order is the same in every locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `undefined` for what is no property of the type: no connection, no credentials, an abort. */
function whyUnlisted(thrown: unknown): TypeReason | undefined {
  if (isAbort(thrown)) return undefined;
  if (statusOf(thrown)?.code === 405) return 'method-not-allowed';
  if (isHozonError(thrown, 'kube.forbidden')) return 'forbidden';
  if (isHozonError(thrown, 'kube.not-found')) return 'not-found';
  const code = statusOf(thrown)?.code ?? 0;
  if (code === 503) return 'unavailable';
  const ofType = [
    'kube.server-error',
    'kube.rejected',
    'kube.response-too-large',
    'kube.bad-response',
    'kube.gone',
  ];
  return ofType.some(each => isHozonError(thrown, each)) ? 'failed' : undefined;
}

/** Empty where the cluster has no such type or does not let it be listed: it is only looked at for findings. */
async function readGrants(client: KubeApi, signal: AbortSignal | undefined): Promise<KubeObject[]> {
  const discovery = await client.discover({ signal });
  const found: KubeObject[] = [];
  const names = [
    'clusterrolebindings.rbac.authorization.k8s.io',
    'securitycontextconstraints.security.openshift.io',
  ];
  for (const name of names) {
    const type = discovery.byName(name);
    if (type === undefined) continue;
    try {
      for await (const object of client.list(type, { signal })) found.push(object);
    } catch (thrown) {
      if (whyUnlisted(thrown) === undefined || signal?.aborted === true) throw thrown;
    }
  }
  return found;
}
