import type { KubeObject } from '#kube/objects.ts';
import { internalRegistry } from './image-stream.ts';

const uidRange = 'openshift.io/sa.scc.uid-range';
const firstUid = 1_000_000_000;
const uidsPerProject = 10_000;

/** Notes the UID range that a namespace has, so that no other is given it. */
export function rememberRange({ metadata }: KubeObject, ranges: Map<string, string>): void {
  const range = metadata.annotations?.[uidRange];
  if (range !== undefined) ranges.set(range, metadata.name);
}

/**
 * The annotations that a namespace still lacks, or undefined. It gets the next free block of UIDs and a pair of
 * SELinux categories that goes with it; a range that it brings along (a restored one) is kept.
 */
export function projectAnnotations(
  namespace: KubeObject,
  ranges: Map<string, string>,
): Record<string, string> | undefined {
  const { name, annotations } = namespace.metadata;
  if (annotations?.[uidRange] !== undefined) return undefined;
  let block = 65;
  const range = (): string => `${firstUid + block * uidsPerProject}/${uidsPerProject}`;
  while (ranges.has(range()) && ranges.get(range()) !== name) block += 1;
  ranges.set(range(), name);
  const category = Math.floor(block / 5) * 5 + 1;
  return {
    [uidRange]: range(),
    'openshift.io/sa.scc.supplemental-groups': range(),
    'openshift.io/sa.scc.mcs': `s0:c${category},c${category - 1 - (block % 5)}`,
  };
}

/** The service accounts that OpenShift has in every project beside `default`. */
export function missingServiceAccounts(namespace: string): KubeObject[] {
  return ['builder', 'deployer'].map(name => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace },
  }));
}

/** The role bindings that OpenShift gives every project, so that it can pull, build and deploy. */
export function defaultRoleBindings(namespace: string): KubeObject[] {
  const group = { apiGroup: rbac, kind: 'Group', name: `system:serviceaccounts:${namespace}` };
  const account = (name: string) => ({ kind: 'ServiceAccount', name, namespace });
  return [
    roleBinding(namespace, 'system:image-puller', group),
    roleBinding(namespace, 'system:image-builder', account('builder')),
    roleBinding(namespace, 'system:deployer', account('deployer')),
  ];
}

const rbac = 'rbac.authorization.k8s.io';

/** OpenShift names it after the role, in the plural. */
function roleBinding(namespace: string, role: string, subject: Record<string, string>): KubeObject {
  return {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name: `${role}s`, namespace },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
    subjects: [subject],
  };
}

/** The secret by which a service account pulls from the internal registry. It opens no real door. */
export function dockercfgSecret(account: KubeObject, suffix: string): KubeObject {
  const { name, namespace = '', uid = '' } = account.metadata;
  const entry = {
    username: 'serviceaccount',
    password: `testbed-${suffix}`,
    email: 'serviceaccount@example.org',
  };
  const dockercfg = JSON.stringify({ [internalRegistry]: entry });
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: `${name}-dockercfg-${suffix}`,
      namespace,
      annotations: {
        'kubernetes.io/service-account.name': name,
        'kubernetes.io/service-account.uid': uid,
        'openshift.io/internal-registry-auth-token.service-account': name,
      },
      ownerReferences: [{ apiVersion: 'v1', kind: 'ServiceAccount', name, uid, blockOwnerDeletion: false }],
    },
    type: 'kubernetes.io/dockercfg',
    data: { '.dockercfg': Buffer.from(dockercfg).toString('base64') },
  };
}

/** What a Route still lacks: a generated host (and the annotation that says so), and the router's admission of it. */
export function admitRoute(
  route: KubeObject,
  domain: string,
): { change?: Record<string, unknown>; status?: Record<string, unknown> } {
  const { name, namespace } = route.metadata;
  const spec = route['spec'] as { host?: string };
  const generated = spec.host === undefined || spec.host === '';
  const host = generated ? `${name}-${namespace}.${domain}` : spec.host;
  const change = {
    metadata: { annotations: { 'openshift.io/host.generated': 'true' } },
    spec: { host },
  };
  const status = route['status'] as { ingress?: { host?: string }[] } | undefined;
  const admitted = status?.ingress?.[0]?.host === host;
  return {
    ...(generated ? { change } : {}),
    ...(admitted ? {} : { status: admittedBy(host ?? '', domain) }),
  };
}

function admittedBy(host: string, domain: string): Record<string, unknown> {
  const conditions = [{ type: 'Admitted', status: 'True' }];
  return {
    ingress: [
      {
        host,
        routerName: 'default',
        routerCanonicalHostname: `router-default.${domain}`,
        wildcardPolicy: 'None',
        conditions,
      },
    ],
  };
}
