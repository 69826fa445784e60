import { fieldsAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { parseQuantity, type Quantity } from '#kube/quantity.ts';
import { finding, type PlanFinding } from '../findings.ts';
import { countsInQuota, type ScopeFacts, scopeFacts } from './quota-scopes.ts';
import { amountText, quantityText, quotaUse } from './quota-use.ts';
import type { PreflightOptions, Write } from './writes.ts';

/** Adds up what restored objects take of quotas, and says which quotas that are there do not allow it. */
export class QuotaCheck {
  /** By namespace, and there by what scopes ask about. */
  readonly #use = new Map<string, Map<string, Share>>();

  note({ type, object, action }: Write): void {
    const { namespace } = object.metadata;
    if (namespace === undefined || action !== 'create') return;
    const shares = this.#use.get(namespace) ?? new Map<string, Share>();
    const facts = scopeFacts(type, object);
    const key = JSON.stringify(facts);
    const share = shares.get(key) ?? { facts, use: new Map<string, Quantity>() };
    addAll(share.use, quotaUse(type, object));
    this.#use.set(namespace, shares.set(key, share));
  }

  /** Namespaces that are yet to be made have no quota. */
  async finish({ api, signal }: PreflightOptions): Promise<PlanFinding[]> {
    const type = (await api.discover({ signal })).byName('resourcequotas');
    const found: PlanFinding[] = [];
    for (const [namespace, shares] of type === undefined ? [] : this.#use) {
      for await (const quota of type === undefined ? [] : api.list(type, { namespace, signal })) {
        found.push(...exceeded(quota, useOf(quota, [...shares.values()])));
      }
    }
    return found;
  }
}

/** What objects take about which scopes ask the same. */
interface Share {
  readonly facts: ScopeFacts;
  readonly use: Map<string, Quantity>;
}

function addAll(use: Map<string, Quantity>, more: ReadonlyMap<string, Quantity>): void {
  for (const [name, amount] of more) use.set(name, (use.get(name) ?? 0n) + amount);
}

/** What a quota will count. Of a quota with a scope that is not known, nothing can be told. */
function useOf(quota: KubeObject, shares: readonly Share[]): ReadonlyMap<string, Quantity> {
  const use = new Map<string, Quantity>();
  for (const share of shares) if (countsInQuota(quota, share.facts) === true) addAll(use, share.use);
  return use;
}

function exceeded(quota: KubeObject, use: ReadonlyMap<string, Quantity>): PlanFinding[] {
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
