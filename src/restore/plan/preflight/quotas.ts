import { fieldsAt, listAt, valueAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { parseQuantity, type Quantity } from '#kube/quantity.ts';
import { finding, type PlanFinding } from '../findings.ts';
import { amountText, quantityText, quotaUse } from './quota-use.ts';
import type { PreflightOptions, Write } from './writes.ts';

/** Adds up what restored objects take of quotas, and says which quotas that are there do not allow it. */
export class QuotaCheck {
  readonly #use = new Map<string, Map<string, Quantity>>();

  note({ type, object, action }: Write): void {
    const { namespace } = object.metadata;
    if (namespace === undefined || action !== 'create') return;
    const use = this.#use.get(namespace) ?? new Map<string, Quantity>();
    for (const [name, more] of quotaUse(type, object)) use.set(name, (use.get(name) ?? 0n) + more);
    this.#use.set(namespace, use);
  }

  /** Namespaces that are yet to be made have no quota. */
  async finish({ api, signal }: PreflightOptions): Promise<PlanFinding[]> {
    const type = (await api.discover({ signal })).byName('resourcequotas');
    const found: PlanFinding[] = [];
    for (const [namespace, use] of type === undefined ? [] : this.#use) {
      for await (const quota of type === undefined ? [] : api.list(type, { namespace, signal })) {
        found.push(...exceeded(quota, use));
      }
    }
    return found;
  }
}

/** What a quota for certain pods only counts cannot be told before they are there. */
function exceeded(quota: KubeObject, use: ReadonlyMap<string, Quantity>): PlanFinding[] {
  const isPartial =
    listAt(quota, 'spec', 'scopes').length > 0 || valueAt(quota, 'spec', 'scopeSelector') !== undefined;
  if (isPartial) return [];
  const used = fieldsAt(quota, 'status', 'used');
  return Object.entries(fieldsAt(quota, 'spec', 'hard')).flatMap(([resource, limit]) => {
    const [hard, there] = [amountText(limit), amountText(used[resource] ?? 0)];
    const more = use.get(resource) ?? 0n;
    const most = parseQuantity(hard);
    if (more === 0n || most === undefined || (parseQuantity(there) ?? 0n) + more <= most) return [];
    const { namespace = '', name } = quota.metadata;
    const amounts = { hard, used: there, more: quantityText(more) };
    return [finding('quota-exceeded', { namespace, quota: name, resource, ...amounts })];
  });
}
