import { registryServices, sharedImages } from '#kube/internal-registry.ts';
import type { KubeObject } from '#kube/objects.ts';
import { type Right, rolesFor } from '#kube/roles.ts';
import type { PlannedItem, RestorePlan } from './plan.ts';
import { isFilterReason } from './reasons.ts';

export interface RoleOptions {
  /** Where the ConfigMaps are that say what is changed. */
  readonly veleroNamespace: string;
}

/**
 * The smallest roles with which the planned restore can be performed, called `hozon-restore-NAME`. What goes into a
 * namespace that is yet to be made has to be allowed in the whole cluster: there is no place for a Role. Pure.
 */
export function restoreRoles(plan: RestorePlan, { veleroNamespace }: RoleOptions): KubeObject[] {
  const items = plan.items.filter(({ reason }) => !isFilterReason(reason) && reason !== 'type-not-served');
  const namespaces = items.filter(({ resource }) => resource === 'namespaces');
  const isNew = new Set(namespaces.filter(({ action }) => action === 'create').map(({ name }) => name));
  const placed = (item: PlannedItem): Pick<Right, 'namespace'> =>
    item.namespace === undefined || isNew.has(item.namespace) ? {} : { namespace: item.namespace };
  const { restoreStatus, resourceModifier } = plan.restore.spec;
  const rights: Right[] = [
    ...namespaces.flatMap(namespaceRights),
    ...items
      .filter(({ resource }) => resource !== 'namespaces')
      .flatMap(item => itemRights(item).map(right => ({ ...right, ...placed(item) }))),
    ...(restoreStatus
      ? items.flatMap(item => statusRights(item).map(right => ({ ...right, ...placed(item) })))
      : []),
    ...volumeRights(items),
    ...accountRights(items, isNew),
    ...registryRights(plan.asks.registryIn),
    ...(plan.asks.pullSecrets
      ? items.flatMap(item => pullSecretRights(item).map(right => ({ ...right, ...placed(item) })))
      : []),
    ...(plan.asks.storageClasses ? [{ resource: 'storageclasses.storage.k8s.io', verbs: ['get'] }] : []),
    { resource: 'configmaps', verbs: ['list'], namespace: veleroNamespace },
    ...(resourceModifier
      ? [
          {
            resource: 'configmaps',
            verbs: ['get'],
            namespace: veleroNamespace,
            names: [resourceModifier.name],
          },
        ]
      : []),
  ];
  return rolesFor(`hozon-restore-${plan.restore.metadata.name}`, rights);
}

function namespaceRights({ resource, name, action, reason }: PlannedItem): Right[] {
  const waits = reason === 'namespace-deleting' ? ['list', 'watch'] : [];
  return [
    { resource, verbs: ['get', ...waits], names: [name] },
    ...(action === 'create' ? [{ resource, verbs: ['create'] }] : []),
  ];
}

const definitions = 'customresourcedefinitions.apiextensions.k8s.io';
const roles = ['roles.rbac.authorization.k8s.io', 'clusterroles.rbac.authorization.k8s.io'];
const bindings = ['rolebindings.rbac.authorization.k8s.io', 'clusterrolebindings.rbac.authorization.k8s.io'];

/** What is done with the object itself; what was only looked at has to be looked at again. */
function itemRights(item: PlannedItem): Right[] {
  const { resource, action, resourceVersion } = item;
  if (action === 'create') return [{ resource, verbs: ['create', 'get'] }, ...writeRights(item)];
  if (action === 'update' || action === 'merge') {
    return [{ resource, verbs: ['patch', 'get'] }, ...writeRights(item)];
  }
  return resourceVersion === undefined ? [] : [{ resource, verbs: ['get'] }];
}

/** What some types need beside the writing: an API server lets nobody give away rights that he does not have. */
function writeRights({ resource, runsHooks, keepsOwners }: PlannedItem): Right[] {
  const rights: Right[] = [];
  if (keepsOwners === true) rights.push({ resource, verbs: ['patch'] });
  if (resource === definitions) rights.push({ resource, verbs: ['list', 'watch'] });
  if (roles.includes(resource)) rights.push({ resource, verbs: ['escalate'] });
  if (bindings.includes(resource)) rights.push(...roles.map(each => ({ resource: each, verbs: ['bind'] })));
  if (runsHooks === true) {
    rights.push({ resource, verbs: ['list', 'watch'] }, { resource: 'pods/exec', verbs: ['create', 'get'] });
  }
  return rights;
}

function statusRights({ resource, action }: PlannedItem): Right[] {
  const [name = '', ...group] = resource.split('.');
  const status = [`${name}/status`, ...group].join('.');
  return action === 'create' ? [{ resource: status, verbs: ['get', 'patch', 'update'] }] : [];
}

/** A claim's volume, and a volume's claim, are looked at before they are restored. */
function volumeRights(items: readonly PlannedItem[]): Right[] {
  const has = (resource: string): boolean => items.some(item => item.resource === resource);
  return [
    ...(has('persistentvolumeclaims') ? [{ resource: 'persistentvolumes', verbs: ['get'] }] : []),
    ...(has('persistentvolumes') ? [{ resource: 'persistentvolumeclaims', verbs: ['get'] }] : []),
  ];
}

/** New namespaces with pods are watched until they have their default service account. */
function accountRights(items: readonly PlannedItem[], isNew: ReadonlySet<string>): Right[] {
  const waits = items.some(({ resource }) => resource === 'pods') && isNew.size > 0;
  return waits ? [{ resource: 'serviceaccounts', verbs: ['list', 'watch'] }] : [];
}

/** Where OpenShift says what its internal registry is called, and which images every project may use. */
function registryRights(namespaces: readonly string[] | undefined): Right[] {
  if (namespaces === undefined) return [];
  const inNamespaces: Right[] = [
    { resource: 'imagestreams.image.openshift.io', verbs: ['list'], namespace: sharedImages },
    ...registryServices.map(({ namespace, name }) => ({
      resource: 'services',
      verbs: ['get'],
      namespace,
      names: [name],
    })),
  ];
  return [
    { resource: 'images.config.openshift.io', verbs: ['get'], names: ['cluster'] },
    ...inNamespaces.filter(({ namespace = '' }) => namespaces.includes(namespace)),
  ];
}

/** A pod that pulled with a secret of its old cluster's waits for the one that this cluster gives its account. */
function pullSecretRights({ resource, action }: PlannedItem): Right[] {
  if (resource !== 'pods' || action !== 'create') return [];
  return [{ resource: 'serviceaccounts', verbs: ['get', 'list', 'watch'] }];
}
