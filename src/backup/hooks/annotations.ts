import {
  defaultHookTimeoutMs,
  isHookErrorMode,
  readHookCommand,
  readHookTimeout,
} from '#api/velero/hook-values.ts';
import type { Message } from '#foundation/language.ts';
import { textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import type { HookPhase, WrittenHook } from './hook.ts';
import { hookTexts } from './messages.ts';

/** The hook that a pod's annotations ask for, and what is wrong with them. */
export interface AnnotatedHook {
  readonly hook: WrittenHook;
  readonly warnings: readonly Message[];
}

/**
 * The hook of a phase that a pod's annotations ask for, at most one: `PHASE.hook.backup.velero.io/command` and beside it
 * `container`, `on-error`, `timeout`. The keys without a phase are those of the pre hook, and count only where it has
 * no `command` of its own; the two families are not mixed. An empty command is none.
 * Source: Velero 1.18, `internal/hook/item_hook_handler.go`.
 */
export function annotatedHook(pod: KubeObject, phase: HookPhase): AnnotatedHook | undefined {
  const family = families[phase].find(prefix => valueOf(pod, prefix, 'command') !== '');
  return family === undefined ? undefined : readFamily(pod, family);
}

const families: Readonly<Record<HookPhase, readonly string[]>> = {
  pre: ['pre.hook.backup.velero.io/', 'hook.backup.velero.io/'],
  post: ['post.hook.backup.velero.io/'],
};

function valueOf(pod: KubeObject, prefix: string, name: string): string {
  return textAt(pod, 'metadata', 'annotations', `${prefix}${name}`) ?? '';
}

function readFamily(pod: KubeObject, prefix: string): AnnotatedHook {
  const timeout = valueOf(pod, prefix, 'timeout');
  const timeoutMs = readHookTimeout(timeout);
  const onError = valueOf(pod, prefix, 'on-error');
  const warnings: Message[] = [];
  if (timeoutMs === undefined)
    warnings.push(hookTexts.badTimeout({ annotation: `${prefix}timeout`, value: timeout }));
  if (onError !== '' && !isHookErrorMode(onError)) {
    warnings.push(hookTexts.badOnError({ annotation: `${prefix}on-error`, value: onError }));
  }
  const container = valueOf(pod, prefix, 'container');
  const hook = {
    container: container === '' ? undefined : container,
    command: readHookCommand(valueOf(pod, prefix, 'command')),
    onError: isHookErrorMode(onError) ? onError : 'Fail',
    timeoutMs: timeoutMs ?? defaultHookTimeoutMs,
  } as const;
  return { hook, warnings };
}
