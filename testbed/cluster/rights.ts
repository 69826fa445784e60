import { setTimeout as delay } from 'node:timers/promises';
import type { KubeApi } from '#kube/api.ts';
import { listAt, valueAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { typeNamed } from '../openshift/kinds.ts';

/** Waits until the API server heeds that roles were bound to a user, of which it learns a moment later. */
export function untilGranted(api: KubeApi, user: string, roles: readonly KubeObject[]): Promise<void> {
  return untilHeeded(api, user, roles, true);
}

/** Waits until the API server heeds that roles are bound to a user no longer. */
export function untilRevoked(api: KubeApi, user: string, roles: readonly KubeObject[]): Promise<void> {
  return untilHeeded(api, user, roles, false);
}

async function untilHeeded(
  api: KubeApi,
  user: string,
  roles: readonly KubeObject[],
  wanted: boolean,
): Promise<void> {
  const reviews = await typeNamed(api, 'subjectaccessreviews.authorization.k8s.io');
  const deadline = AbortSignal.timeout(180_000);
  for (const role of roles) {
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      metadata: { name: '' },
      spec: { user, resourceAttributes: somethingOf(role) },
    };
    while ((valueAt(await api.create(reviews, review), 'status', 'allowed') === true) !== wanted)
      await delay(50, undefined, { signal: deadline });
  }
}

/** One of the things that a role allows; its rules take effect together. */
function somethingOf({ metadata, ...role }: KubeObject): Record<string, unknown> {
  const [rule] = listAt(role, 'rules');
  const first = (field: string): unknown => listAt(rule, field)[0];
  const [resource, subresource] = String(first('resources')).split('/');
  return {
    namespace: metadata.namespace,
    verb: first('verbs'),
    group: first('apiGroups'),
    resource,
    subresource,
    name: first('resourceNames'),
  };
}
