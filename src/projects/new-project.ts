import { isHozonError } from '#foundation/errors.ts';
import type { KubeApi } from '#kube/api.ts';
import type { KubeObject } from '#kube/objects.ts';
import { raise } from './errors.ts';
import { type Finding, finding } from './findings.ts';

interface Options {
  readonly intoExisting?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Creates the project: as a Namespace, or, where the user may not create those but may request projects (every
 * OpenShift user, by default), by a ProjectRequest. Rejects with `projects.project-exists` where somebody was
 * quicker, unless `intoExisting`.
 */
export async function createProject(
  client: KubeApi,
  project: KubeObject,
  { intoExisting, signal }: Options,
): Promise<Finding[]> {
  const discovery = await client.discover({ signal });
  const namespaces = discovery.byName('namespaces');
  const requests = discovery.byName('projectrequests.project.openshift.io');
  const namespace = project.metadata.name;
  if (namespaces === undefined) throw new Error('the API server has no namespaces');
  try {
    await client.create(namespaces, project, { fieldManager: 'hozon', signal });
    return [];
  } catch (thrown) {
    if (isHozonError(thrown, 'kube.already-exists')) return existing(namespace, intoExisting, thrown);
    if (requests === undefined || !isHozonError(thrown, 'kube.forbidden')) throw thrown;
  }
  try {
    await client.create(requests, requestFor(project), { signal });
  } catch (thrown) {
    if (isHozonError(thrown, 'kube.already-exists')) return existing(namespace, intoExisting, thrown);
    throw thrown;
  }
  return [finding('project-requested', { namespace })];
}

function existing(namespace: string, accepted: boolean | undefined, cause: unknown): Finding[] {
  if (accepted === true) return [];
  throw raise['project-exists']({ namespace }, { cause });
}

function requestFor({ metadata }: KubeObject): KubeObject {
  const annotations = metadata.annotations ?? {};
  return {
    apiVersion: 'project.openshift.io/v1',
    kind: 'ProjectRequest',
    metadata: { name: metadata.name },
    displayName: annotations['openshift.io/display-name'] ?? '',
    description: annotations['openshift.io/description'] ?? '',
  };
}

/** Longer than a healthy controller manager takes by far. Seconds. */
const patience = 120;

/**
 * Waits until the project has its service account `default`: without it every pod is refused, and token secrets for
 * it are deleted. Where it does not come (no controller manager runs), or may not be seen, says so and lets the import go on.
 */
export async function untilDefaultAccount(
  client: KubeApi,
  namespace: string,
  signal: AbortSignal | undefined,
): Promise<Finding[]> {
  const type = (await client.discover({ signal })).byName('serviceaccounts');
  const late = [finding('default-account-late', { seconds: patience })];
  if (type === undefined) return late;
  const limit = AbortSignal.timeout(patience * 1000);
  const both = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  try {
    for await (const event of client.watch(type, { namespace, signal: both })) {
      if (event.type !== 'BOOKMARK' && event.type !== 'DELETED' && event.object.metadata.name === 'default')
        return [];
    }
  } catch (thrown) {
    signal?.throwIfAborted();
    if (!limit.aborted && !isHozonError(thrown, 'kube.forbidden')) throw thrown;
  }
  return late;
}
