import type { KubeApi } from '#kube/api.ts';
import { formatKey, type KubeObject, type ObjectKey, type ResourceType } from '#kube/objects.ts';
import { testbedErrors } from '../errors.ts';
import type { Daemon } from '../processes.ts';

export interface Waiting<T extends KubeObject> {
  readonly type: ResourceType;
  readonly key: ObjectKey;
  readonly wanted: (object: T) => boolean;
  /** Who is to bring it about: the wait ends when it ends. */
  readonly daemon: Daemon;
  readonly seconds: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The object as soon as it is as wanted, told by a watch.
 *
 * @throws `testbed.process-exited`, `testbed.not-ready` with the last status that was seen
 */
export async function untilObject<T extends KubeObject>(client: KubeApi, waiting: Waiting<T>): Promise<T> {
  const { type, key, daemon, seconds } = waiting;
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), seconds * 1000);
  void daemon.exited.then(() => over.abort());
  let last = 'there is no such object';
  try {
    const signals = [over.signal, ...(waiting.signal === undefined ? [] : [waiting.signal])];
    const watched = { namespace: key.namespace, fieldSelector: `metadata.name=${key.name}` };
    for await (const event of client.watch(type, { ...watched, signal: AbortSignal.any(signals) })) {
      if (event.type === 'BOOKMARK' || event.type === 'DELETED') continue;
      const object = event.object as T; // of the type that was asked for
      if (waiting.wanted(object)) return object;
      last = JSON.stringify(object['status'] ?? null);
    }
  } catch (thrown) {
    if (!over.signal.aborted) throw thrown;
  } finally {
    clearTimeout(timer);
  }
  if (!daemon.running) throw await daemon.failure();
  const what = `${type.kind} ${formatKey(key)}`;
  throw testbedErrors.raise['not-ready']({ what, seconds, last: last.slice(0, 1000) });
}
