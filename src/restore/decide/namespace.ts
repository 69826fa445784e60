import { textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';

/**
 * What is to be done about a namespace into which something is restored: made, used as it is, or made once the one
 * that is being deleted is gone. Pure.
 */
export function decideNamespace(live: KubeObject | undefined): 'create' | 'use' | 'wait' {
  if (live === undefined) return 'create';
  const isTerminating =
    live.metadata.deletionTimestamp !== undefined || textAt(live, 'status', 'phase') === 'Terminating';
  return isTerminating ? 'wait' : 'use';
}
