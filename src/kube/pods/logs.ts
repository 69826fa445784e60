import type { LogOptions, PodKey } from '../api.ts';
import { objectPath } from '../client/paths.ts';
import type { Transport } from '../client/transport.ts';
import { formatKey } from '../objects.ts';
import { podType } from './pods.ts';

/** A container's log as it comes; see {@link KubeApi.logs}. What breaks after the first byte is not repeated. */
export async function* podLogs(
  transport: Transport,
  pod: PodKey,
  options: LogOptions = {},
): AsyncGenerator<Uint8Array> {
  const { container, follow, tailLines, previous, timestamps, sinceSeconds, signal } = options;
  yield* await transport.stream({
    method: 'GET',
    path: objectPath(podType, pod, 'log'),
    query: { container, follow, tailLines, previous, timestamps, sinceSeconds },
    accept: '*/*',
    what: `LOGS of pod ${formatKey(pod)}`,
    repeatable: true,
    ...(follow === true ? { bodyTimeout: 0 } : {}), // a container may be silent for days
    signal,
  });
}
