import { labelValue, veleroLabels } from '#api/velero/names.ts';
import { recreatable } from '#kube/cleaning/cleaning.ts';
import { comparableForm } from '#kube/diff/form.ts';
import { edited, editedEach, isFields, textAt, valueAt, without } from '#kube/fields.ts';
import { apiVersionOf, groupResource, type KubeObject } from '#kube/objects.ts';
import { isFreeFor } from '../decide/volumes.ts';
import type { Context, Item } from '../item.ts';
import { withMappedNamespaces } from './namespaces.ts';

/**
 * The item in a form that can be created: without what its old cluster wrote into it, in the version that the cluster
 * serves, in its new namespace. Pure.
 */
export function creatable(item: Item, context: Context): KubeObject {
  const { type, object } = item;
  const clean = recreatable(object, cleaning(context, true));
  const mapped = withMappedNamespaces(clean, context.mapNamespace);
  const ofKind = kindRules.get(groupResource(type))?.(mapped, item, context) ?? mapped;
  return { ...ofKind, apiVersion: apiVersionOf(type) };
}

/** An object in the form in which the backup's and the cluster's are compared: what a server gives out is gone. */
export function comparable(object: KubeObject, context: Context): KubeObject {
  return comparableForm(object, cleaning(context, false));
}

/** What an object refers to is kept where it is to be created, and no matter where it is compared. */
function cleaning(context: Context, toCreate: boolean): Parameters<typeof recreatable>[1] {
  return {
    service: { nodePorts: context.preserveNodePorts ? 'keep' : 'keep-requested' },
    claim: { keepVolumeName: toCreate },
    triggers: { keepLastImage: toCreate },
    pod: { dropGeneratedPullSecrets: true },
    namespace: { dropIdRanges: false },
  };
}

/** With the labels by which everything that a restore made can be found. */
export function marked(object: KubeObject, context: Pick<Context, 'backupName' | 'restoreName'>): KubeObject {
  const labels = {
    ...object.metadata.labels,
    [veleroLabels.backupName]: labelValue(context.backupName),
    [veleroLabels.restoreName]: labelValue(context.restoreName),
  };
  return { ...object, metadata: { ...object.metadata, labels } };
}

type KindRule = (object: KubeObject, item: Item, context: Context) => KubeObject;

const kindRules: ReadonlyMap<string, KindRule> = new Map<string, KindRule>([
  ['customresourcedefinitions.apiextensions.k8s.io', definition],
  ['persistentvolumeclaims', claim],
  ['services', service],
  ['mutatingwebhookconfigurations.admissionregistration.k8s.io', webhooks],
  ['validatingwebhookconfigurations.admissionregistration.k8s.io', webhooks],
]);

/**
 * A definition that was made before apiextensions.k8s.io/v1 may let through fields that it does not know; v1 takes that
 * in the schemas only.
 */
function definition(object: KubeObject): KubeObject {
  if (valueAt(object, 'spec', 'preserveUnknownFields') !== true) return object;
  return editedEach(without(object, 'spec', 'preserveUnknownFields'), ['spec', 'versions'], version =>
    isFields(version)
      ? edited(version, ['schema', 'openAPIV3Schema'], schema =>
          isFields(schema) ? { ...schema, 'x-kubernetes-preserve-unknown-fields': true } : schema,
        )
      : version,
  );
}

/** A claim asks for its volume again only where the volume is there and free for it. */
function claim(object: KubeObject, { facts }: Item): KubeObject {
  const { namespace, name } = object.metadata;
  return isFreeFor(facts.volume, { namespace, name }) ? object : without(object, 'spec', 'volumeName');
}

/** On OpenShift, the external addresses of a load balancer are given out by the cluster. */
function service(object: KubeObject, _item: Item, { openshift }: Context): KubeObject {
  const given = openshift && textAt(object, 'spec', 'type') === 'LoadBalancer';
  return given ? without(object, 'spec', 'externalIPs') : object;
}

const takenEffects: ReadonlySet<unknown> = new Set(['None', 'NoneOnDryRun']);

/** admissionregistration.k8s.io/v1 takes only two of the side effects that v1beta1 knew. */
function webhooks(object: KubeObject): KubeObject {
  return editedEach(object, ['webhooks'], webhook =>
    isFields(webhook) && !takenEffects.has(webhook['sideEffects'])
      ? { ...webhook, sideEffects: 'None' }
      : webhook,
  );
}
