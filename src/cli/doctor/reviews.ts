import type { KubeApi } from '#kube/api.ts';
import type { KubeObject, ResourceType } from '#kube/objects.ts';

/** What one may be asked about: `list *.*`, `create pods/exec`. */
export interface Question {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
}

/** Whether the cluster lets us do something (authorization.k8s.io/v1 SelfSubjectAccessReview). */
export async function isAllowed(cluster: KubeApi, question: Question, signal: AbortSignal): Promise<boolean> {
  const type = reviewType('authorization.k8s.io', 'SelfSubjectAccessReview');
  const review = await cluster.create(
    type,
    { ...emptyReview(type), spec: { resourceAttributes: question } },
    { signal },
  );
  return fieldsOf(review, 'status')['allowed'] === true;
}

export interface WhoAmI {
  readonly user: string;
  /** The server's clock, to the second. */
  readonly serverTime: Date | undefined;
}

/** Who we are to the cluster, and what time it is there (authentication.k8s.io/v1 SelfSubjectReview). */
export async function whoAmI(cluster: KubeApi, signal: AbortSignal): Promise<WhoAmI> {
  const type = reviewType('authentication.k8s.io', 'SelfSubjectReview');
  const review = await cluster.create(type, emptyReview(type), { signal });
  const { userInfo } = fieldsOf(review, 'status') as { userInfo?: { username?: string } };
  const created = review.metadata.creationTimestamp;
  return {
    user: userInfo?.username ?? '?',
    serverTime: created === undefined ? undefined : new Date(created),
  };
}

function reviewType(group: string, kind: string): ResourceType {
  const resource = `${kind.toLowerCase()}s`;
  return {
    group,
    version: 'v1',
    resource,
    kind,
    namespaced: false,
    verbs: ['create'],
    shortNames: [],
    singular: kind.toLowerCase(),
  };
}

function emptyReview(type: ResourceType): KubeObject {
  return { apiVersion: `${type.group}/${type.version}`, kind: type.kind, metadata: { name: '' } };
}

function fieldsOf(object: KubeObject, field: string): Readonly<Record<string, unknown>> {
  return (object[field] ?? {}) as Readonly<Record<string, unknown>>;
}
