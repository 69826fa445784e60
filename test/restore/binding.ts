import type { KubeApi } from '#kube/api.ts';
import type { KubeObject } from '#kube/objects.ts';
import { untilGranted } from '#testbed/cluster/rights.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';

const rbac = 'rbac.authorization.k8s.io';

/** Makes roles and binds them to a user, who has the rights from then on. */
export async function bindRoles(api: KubeApi, roles: readonly KubeObject[], user: string): Promise<void> {
  for (const role of roles) {
    const { namespace, name } = role.metadata;
    const resource = role.kind.toLowerCase();
    await api.create(await typeNamed(api, `${resource}s.${rbac}`), role);
    await api.create(await typeNamed(api, `${resource}bindings.${rbac}`), {
      apiVersion: `${rbac}/v1`,
      kind: `${role.kind}Binding`,
      metadata: namespace === undefined ? { name } : { name, namespace },
      subjects: [{ kind: 'User', name: user, apiGroup: rbac }],
      roleRef: { kind: role.kind, name, apiGroup: rbac },
    });
  }
  await untilGranted(api, user, roles);
}
