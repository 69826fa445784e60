import { isHozonError } from '#foundation/errors.ts';
import { groupResource, type KubeObject, type ObjectKey } from '#kube/objects.ts';
import type { Item } from '../item.ts';
import { note } from '../notes.ts';
import {
  accountOf,
  generatedPullSecrets,
  pullsWithGenerated,
  withPullSecrets,
} from '../registry/pull-secrets.ts';
import { report, servedType, type Target } from './target.ts';
import { within } from './within.ts';

/** The pull secrets that this cluster makes for a service account; waits for them. */
export type PullSecrets = (account: ObjectKey) => Promise<readonly string[]>;

/** Longer than a healthy cluster takes by far. Seconds. */
const patience = 30;

/** Each account is waited for once. Without an internal registry there is nothing to wait for. */
export function createPullSecrets(target: Target): PullSecrets {
  const asked = new Map<string, Promise<readonly string[]>>();
  return async account => {
    if (target.context.registry?.here === undefined) return [];
    const key = `${account.namespace}/${account.name}`;
    const begun = asked.get(key) ?? untilMade(account, target);
    asked.set(key, begun);
    return begun;
  };
}

async function untilMade(account: ObjectKey, target: Target): Promise<readonly string[]> {
  const { api } = target;
  const type = await servedType(target, 'serviceaccounts');
  const { namespace, name } = account;
  target.progress({ phase: 'wait', done: 0, unit: 'items', current: `ServiceAccount ${namespace}/${name}` });
  const made = await within(patience * 1000, target.signal, async signal => {
    try {
      if ((await api.get(type, account, { signal })) === undefined) return [];
      for await (const event of api.watch(type, {
        namespace,
        fieldSelector: `metadata.name=${name}`,
        signal,
      })) {
        const secrets = event.type === 'BOOKMARK' ? [] : generatedPullSecrets(event.object);
        if (secrets.length > 0) return secrets;
      }
    } catch (thrown) {
      if (!isHozonError(thrown, 'kube.forbidden')) throw thrown;
    }
    return undefined;
  });
  if (made === undefined) {
    const subject = { resource: 'serviceaccounts', namespace, name };
    report(target, note('pull-secret-late', { seconds: patience }), subject);
  }
  return made ?? [];
}

/** An object as it is to be sent: a pod that pulled with a secret of its old cluster's pulls with one of this one's. */
export async function suited(object: KubeObject, item: Item, target: Target): Promise<KubeObject> {
  if (groupResource(item.type) !== 'pods' || !pullsWithGenerated(item.object)) return object;
  const { namespace } = object.metadata;
  const names = await target.pullSecrets?.({ namespace, name: accountOf(object) });
  return withPullSecrets(object, names ?? []);
}
