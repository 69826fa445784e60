import { isHozonError } from '#foundation/errors.ts';
import type { Target } from './target.ts';

/** Whether creations in a namespace are counted by a quota, by the namespace's name in the cluster. */
export type Quotas = (namespace: string) => Promise<boolean>;

/** OpenShift shows its quotas over several projects in each of them. */
const kinds = ['resourcequotas', 'appliedclusterresourcequotas.quota.openshift.io'];

/**
 * A quota charges every creation that it lets pass, also one that is then refused because the object exists, until its
 * controller counts again some minutes later: objects that are really missing would be refused. Looked up once for each
 * namespace; those that this restore made are given their quotas last. Where quotas may not be listed there may be one.
 */
export function createQuotas(target: Target, created: ReadonlySet<string>): Quotas {
  const asked = new Map<string, Promise<boolean>>();
  return async namespace => {
    if (created.has(namespace)) return false;
    const begun = asked.get(namespace) ?? hasQuota(namespace, target);
    asked.set(namespace, begun);
    return begun;
  };
}

async function hasQuota(namespace: string, { api, signal }: Target): Promise<boolean> {
  const discovery = await api.discover({ signal });
  for (const kind of kinds) {
    const type = discovery.byName(kind);
    if (type === undefined) continue;
    try {
      for await (const _ of api.list(type, { namespace, signal })) return true;
    } catch (thrown) {
      if (!isHozonError(thrown, 'kube.forbidden')) throw thrown;
      return true;
    }
  }
  return false;
}
