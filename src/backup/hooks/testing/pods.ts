import { defaultHookTimeoutMs } from '#api/velero/hook-values.ts';
import type { KubeObject } from '#kube/objects.ts';
import { type PodHooks, type ResolvedHook } from '../hook.ts';

/** A running pod in namespace `shop` with containers `main` and `proxy`. */
export function pod(
  name: string,
  { phase = 'Running', ...metadata }: Partial<KubeObject['metadata']> & { phase?: string } = {},
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', ...metadata },
    spec: { containers: [{ name: 'main' }, { name: 'proxy' }] },
    status: { phase },
  };
}

export function hook(
  phase: ResolvedHook['phase'],
  word: string,
  more: Partial<ResolvedHook> = {},
): ResolvedHook {
  return {
    phase,
    name: 'rule',
    source: 'spec',
    container: 'main',
    command: [word],
    onError: 'Fail',
    timeoutMs: defaultHookTimeoutMs,
    ...more,
  };
}

/** Hooks with nothing to warn of. */
export function hooks(pre: readonly ResolvedHook[], post: readonly ResolvedHook[]): PodHooks {
  return { pre, post, warnings: [] };
}
