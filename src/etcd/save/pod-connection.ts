import { describeThrown, HozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import type { KubeApi, PodKey } from '#kube/api.ts';
import { formatKey } from '#kube/objects.ts';
import { connectEtcd } from '../client/connect.ts';
import type { EtcdConnection, EtcdTls } from '../client/connection.ts';
import { raise } from '../errors.ts';
import { openPodSocket, type PodSocket } from './pod-socket.ts';

/** The name that certificates of etcd's servers have beside those of their machine. */
const usualServerName = 'localhost';

export interface PodConnectOptions {
  readonly port: number;
  /** `undefined`: etcd speaks plain HTTP/2. */
  readonly tls: EtcdTls | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The member in a pod, through a port-forward: nothing is run or written there. Errors name the pod.
 *
 * @throws (each method) `etcd.pod-unanswered`, and what forwarding the port fails with
 */
export async function connectPod(
  api: Pick<KubeApi, 'portForward'>,
  pod: PodKey,
  { port, tls, signal }: PodConnectOptions,
): Promise<EtcdConnection> {
  const socket = await openPodSocket(api, pod, port);
  const endpoint = `${tls === undefined ? 'unix' : 'unixs'}://${socket.path}`;
  const secured = tls && { ...tls, serverName: tls.serverName ?? usualServerName };
  const inner = connectEtcd({ endpoint, tls: secured, signal });
  const explain = (thrown: unknown): unknown => explained(thrown, { pod, socket, endpoint, signal });
  const asked = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } catch (thrown) {
      throw explain(thrown);
    }
  };
  return {
    endpoint: `pod ${formatKey(pod)}`,
    status: options => asked(inner.status(options)),
    members: options => asked(inner.members(options)),
    alarms: options => asked(inner.alarms(options)),
    hashKv: (revision, options) => asked(inner.hashKv(revision, options)),
    range: (request, options) => asked(inner.range(request, options)),
    health: options => asked(inner.health(options)),
    async *snapshot(options) {
      try {
        yield* inner.snapshot(options);
      } catch (thrown) {
        throw explain(thrown);
      }
    },
    async [Symbol.asyncDispose]() {
      await inner[Symbol.asyncDispose]();
      await socket[Symbol.asyncDispose]();
    },
  };
}

interface Explaining {
  readonly pod: PodKey;
  readonly socket: PodSocket;
  readonly endpoint: string;
  readonly signal: AbortSignal | undefined;
}

/** What etcd's client says of a socket means nothing to who asked for a pod. */
function explained(thrown: unknown, { pod, socket, endpoint, signal }: Explaining): unknown {
  if (signal?.aborted === true || !(thrown instanceof Error)) return thrown;
  if (socket.failure !== undefined) return socket.failure;
  const shown = (text: string): string =>
    text.replaceAll(endpoint, formatKey(pod)).replaceAll(socket.path, formatKey(pod));
  const reason: Message = {
    en: () => shown(thrown instanceof HozonError ? thrown.explain('en') : describeThrown(thrown)),
    ja: () => shown(thrown instanceof HozonError ? thrown.explain('ja') : describeThrown(thrown)),
  };
  return raise['pod-unanswered']({ pod: formatKey(pod), reason }, { cause: thrown });
}
