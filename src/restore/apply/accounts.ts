import { isHozonError } from '#foundation/errors.ts';
import { note } from '../notes.ts';
import { report, servedType, type Target } from './target.ts';
import { within } from './within.ts';

/** Longer than a healthy controller manager takes by far; and for the others, once one account has not come. Seconds. */
const patience = { first: 120, further: 10 };

/**
 * Waits until each namespace has its service account `default`, without which every pod is refused. Says so where it
 * does not come, or may not be seen, and lets the restore go on.
 */
export async function untilDefaultAccounts(namespaces: Iterable<string>, target: Target): Promise<void> {
  const type = await servedType(target, 'serviceaccounts');
  let seconds = patience.first;
  for (const namespace of namespaces) {
    target.progress({
      phase: 'wait',
      done: 0,
      unit: 'items',
      current: `ServiceAccount ${namespace}/default`,
    });
    const seen = await within(seconds * 1000, target.signal, async signal => {
      const options = { namespace, fieldSelector: 'metadata.name=default', signal };
      try {
        for await (const event of target.api.watch(type, options)) if (event.type === 'ADDED') return true;
      } catch (thrown) {
        if (!isHozonError(thrown, 'kube.forbidden')) throw thrown;
      }
      return false;
    });
    if (seen === true) continue;
    report(target, note('account-late', { namespace, seconds }), { namespace });
    seconds = patience.further;
  }
}
