import type { KubeApi } from '#kube/api.ts';
import { formatKey, type KubeObject, type ObjectKey, type ResourceType } from '#kube/objects.ts';

/** Waits, by watching, until an object is as wanted; rejects with what it was like after three minutes. */
export async function until(
  client: KubeApi,
  type: ResourceType,
  key: ObjectKey,
  wanted: (object: KubeObject) => boolean,
): Promise<KubeObject> {
  const signal = AbortSignal.timeout(180_000);
  const fieldSelector = `metadata.name=${key.name}`;
  let last: KubeObject | undefined;
  try {
    for await (const event of client.watch(type, { namespace: key.namespace, fieldSelector, signal })) {
      if (event.type === 'BOOKMARK') continue;
      last = event.object;
      if (event.type !== 'DELETED' && wanted(last)) return last;
    }
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
  throw new Error(`${type.singular} ${formatKey(key)} never became as wanted: ${JSON.stringify(last)}`);
}
