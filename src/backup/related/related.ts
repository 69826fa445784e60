import { isBound } from '#archive/contents/stored-form.ts';
import { listAt, textAt } from '#kube/fields.ts';
import {
  type GroupResource,
  groupResource,
  type KubeObject,
  keyOf,
  type ObjectKey,
  type ResourceType,
} from '#kube/objects.ts';
import { accountTypes, type RelatedReader } from './reader.ts';

/** An object that belongs into the backup because another one does. It need not exist. */
export interface RelatedItem {
  readonly resource: GroupResource;
  readonly key: ObjectKey;
}

export interface Item {
  readonly type: ResourceType;
  readonly object: KubeObject;
}

/**
 * What an item brings along, each once, nearest first; an item whose type has no entry in the table brings nothing.
 * An abort rejects with the signal's reason.
 *
 * Source of the relations: Velero 1.18's backup item actions `velero.io/pod`, `velero.io/pv`,
 * `velero.io/service-account`; the OpenShift plugin's action on service accounts.
 */
export async function relatedTo(item: Item, reader: RelatedReader): Promise<readonly RelatedItem[]> {
  return (await relations.get(groupResource(item.type))?.(item.object, reader)) ?? [];
}

type Relation = (
  object: KubeObject,
  reader: RelatedReader,
) => readonly RelatedItem[] | Promise<readonly RelatedItem[]>;

const relations: ReadonlyMap<GroupResource, Relation> = new Map<GroupResource, Relation>([
  ['pods', ofPod],
  ['persistentvolumeclaims', ofClaim],
  ['serviceaccounts', ofServiceAccount],
]);

/** The claims that a pod mounts by name, and its priority class. A generic ephemeral volume's claim is made anew with the pod. */
function ofPod(pod: KubeObject): RelatedItem[] {
  const namespace = pod.metadata.namespace;
  const claims = listAt(pod, 'spec', 'volumes')
    .map(volume => textAt(volume, 'persistentVolumeClaim', 'claimName'))
    .filter(isNamed);
  const priorityClass = textAt(pod, 'spec', 'priorityClassName');
  return [
    ...named('persistentvolumeclaims', claims, namespace),
    ...named('priorityclasses.scheduling.k8s.io', [priorityClass].filter(isNamed)),
  ];
}

/** The volume of a claim that has one. */
function ofClaim(claim: KubeObject): RelatedItem[] {
  return isBound(claim)
    ? named('persistentvolumes', [textAt(claim, 'spec', 'volumeName')].filter(isNamed))
    : [];
}

/**
 * What gives a service account rights outside its namespace by naming it: cluster roles with their bindings, and
 * security context constraints. What it has as a member of the groups `system:serviceaccounts…` is the cluster's own.
 */
async function ofServiceAccount(account: KubeObject, reader: RelatedReader): Promise<RelatedItem[]> {
  const key = keyOf(account);
  const grants = await reader.grantsTo(key);
  const roles = grants.map(grant => grant.clusterRole).filter(isNamed);
  return [
    ...named(
      accountTypes.bindings,
      grants.map(grant => grant.binding),
    ),
    ...named(accountTypes.roles, roles),
    ...named(accountTypes.constraints, await reader.constraintsOn(key)),
  ];
}

function isNamed(name: string | undefined): name is string {
  return name !== undefined && name !== '';
}

function named(resource: GroupResource, names: readonly string[], namespace?: string): RelatedItem[] {
  return [...new Set(names)].map(name => ({ resource, key: { namespace, name } }));
}
