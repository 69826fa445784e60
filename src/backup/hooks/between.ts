import type { KubeObject } from '#kube/objects.ts';
import type { HookedPod, HookOptions } from './run.ts';

/**
 * Runs `work` (storing the pods and what belongs to them) between the pre and the post hooks of the pods. `work` is
 * given the pods that may be stored: not those a pre hook failed for. Post hooks run also when `work` throws and when
 * the run is aborted, which then rejects with the signal's reason only after they have.
 */
export async function betweenHooks<T>(
  pods: readonly HookedPod[],
  options: HookOptions,
  work: (ready: ReadonlySet<KubeObject>) => Promise<T>,
): Promise<T> {
  void pods;
  void options;
  void work;
  throw new Error('not written yet');
}
