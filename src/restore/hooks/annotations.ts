import {
  defaultHookTimeoutMs,
  isHookErrorMode,
  readHookCommand,
  readHookTimeout,
} from '#api/velero/hook-values.ts';
import type { Message } from '#foundation/language.ts';
import { type Fields, textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import type { WrittenHook } from './hook.ts';
import { hookTexts } from './messages.ts';

const execPrefix = 'post.hook.restore.velero.io/';
const initPrefix = 'init.hook.restore.velero.io/';

function valueOf(pod: KubeObject, key: string): string {
  return textAt(pod, 'metadata', 'annotations', key) ?? '';
}

/**
 * The command that a pod's annotations want to be run in it, and what is wrong with them: `command` and beside it
 * `container`, `on-error`, `exec-timeout`, `wait-timeout`, `wait-for-ready`. An empty command is none.
 * Source: Velero 1.18, `internal/hook/item_hook_handler.go`.
 */
export function annotatedHook(
  pod: KubeObject,
): { readonly hook: WrittenHook; readonly warnings: readonly Message[] } | undefined {
  const command = valueOf(pod, `${execPrefix}command`);
  if (command === '') return undefined;
  const container = valueOf(pod, `${execPrefix}container`);
  const values = new Values(pod);
  const hook: WrittenHook = {
    container: container === '' ? undefined : container,
    command: readHookCommand(command),
    onError: values.read('on-error', text => (isHookErrorMode(text) ? text : undefined), 'none'),
    timeoutMs: values.read('exec-timeout', text => readHookTimeout(text), '30s') ?? defaultHookTimeoutMs,
    waitMs: noLimit(values.read('wait-timeout', text => readHookTimeout(text, 0), 'no limit')),
    waitForReady: values.read('wait-for-ready', goBoolean, 'false') ?? false,
  };
  return { hook, warnings: values.warnings };
}

/** Reads annotations, and notes those that cannot be read. */
class Values {
  readonly warnings: Message[] = [];
  readonly #pod: KubeObject;

  constructor(pod: KubeObject) {
    this.#pod = pod;
  }

  read<T>(name: string, parse: (text: string) => T | undefined, otherwise: string): T | undefined {
    const annotation = `${execPrefix}${name}`;
    const value = valueOf(this.#pod, annotation);
    if (value === '') return undefined;
    const parsed = parse(value);
    if (parsed === undefined) this.warnings.push(hookTexts.badValue({ annotation, value }, otherwise));
    return parsed;
  }
}

/** Zero is Velero's word for no limit. */
export function noLimit(milliseconds: number | undefined): number | undefined {
  return milliseconds === 0 ? undefined : milliseconds;
}

/** As Go's `strconv.ParseBool` reads it. */
function goBoolean(text: string): boolean | undefined {
  if (/^(1|t|T|true|TRUE|True)$/.test(text)) return true;
  return /^(0|f|F|false|FALSE|False)$/.test(text) ? false : undefined;
}

/**
 * The init container that a pod's annotations want to be put into it: `container-image` and beside it
 * `container-name`, `command`. Without a name it gets one that ends in `unique`; without a command the image's own is
 * run.
 */
export function annotatedContainer(pod: KubeObject, unique: string): Fields | undefined {
  const image = valueOf(pod, `${initPrefix}container-image`);
  if (image === '') return undefined;
  const name = valueOf(pod, `${initPrefix}container-name`);
  const command = valueOf(pod, `${initPrefix}command`);
  return {
    name: name === '' ? `velero-restore-init-${unique}` : name,
    image,
    ...(command === '' ? {} : { command: readHookCommand(command) }),
  };
}
