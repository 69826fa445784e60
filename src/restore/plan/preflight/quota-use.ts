import { fieldsAt, listAt, textAt } from '#kube/fields.ts';
import { groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';
import { parseQuantity, type Quantity } from '#kube/quantity.ts';

/** One, as a quantity. */
const one: Quantity = 10n ** 9n;

/** Types that quotas also count by their plain names. */
const plain = new Set([
  'pods',
  'services',
  'secrets',
  'configmaps',
  'resourcequotas',
  'persistentvolumeclaims',
  'replicationcontrollers',
]);

/**
 * What an object takes of a quota, by the quota's names: `count/deployments.apps`, `pods`, `requests.storage`. Of pods
 * only what their containers ask for themselves. Pure.
 */
export function quotaUse(type: ResourceType, object: KubeObject): Map<string, Quantity> {
  const name = groupResource(type);
  const use = new Map<string, Quantity>([[`count/${name}`, one]]);
  if (plain.has(name)) use.set(name, one);
  if (name === 'services') addService(use, object);
  if (name === 'persistentvolumeclaims') {
    add(use, 'requests.storage', textAt(object, 'spec', 'resources', 'requests', 'storage'));
  }
  if (name === 'pods') addPod(use, object);
  return use;
}

function addService(use: Map<string, Quantity>, service: KubeObject): void {
  const kind = textAt(service, 'spec', 'type');
  const ports = BigInt(listAt(service, 'spec', 'ports').length);
  if (kind === 'LoadBalancer') use.set('services.loadbalancers', one);
  if (kind === 'LoadBalancer' || kind === 'NodePort') use.set('services.nodeports', ports * one);
}

function addPod(use: Map<string, Quantity>, pod: KubeObject): void {
  for (const container of listAt(pod, 'spec', 'containers')) {
    const limits = fieldsAt(container, 'resources', 'limits');
    const requests = { ...limits, ...fieldsAt(container, 'resources', 'requests') };
    for (const resource of ['cpu', 'memory', 'ephemeral-storage']) {
      add(use, `limits.${resource}`, limits[resource]);
      add(use, `requests.${resource}`, requests[resource]);
      add(use, resource, requests[resource]);
    }
  }
}

function add(use: Map<string, Quantity>, name: string, text: unknown): void {
  const quantity = parseQuantity(amountText(text));
  if (quantity !== undefined) use.set(name, (use.get(name) ?? 0n) + quantity);
}

/** Quantities may be written as numbers. */
export function amountText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** The quantity as text: whole, or in thousandths. */
export function quantityText(quantity: Quantity): string {
  if (quantity % one === 0n) return String(quantity / one);
  return `${(quantity + 999_999n) / 1_000_000n}m`;
}
