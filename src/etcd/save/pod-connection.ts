import type { HozonError } from '#foundation/errors.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeApi, PodKey } from '#kube/api.ts';
import { formatKey } from '#kube/objects.ts';
import { connectEtcd } from '../client/connect.ts';
import type { ConnectOptions, EtcdTls, EtcdUser } from '../client/connection.ts';
import { raise } from '../errors.ts';
import type { PodLayout } from './pod-layout.ts';
import { openPodSocket } from './pod-socket.ts';
import type { SnapshotSource } from './source.ts';

/** How the member in a pod is asked, through a port-forward: nothing is run or written there. */
export interface PodAccess extends AsyncDisposable {
  /** For `connectEtcd` and `readClusterState`. */
  readonly how: Pick<ConnectOptions, 'endpoint' | 'socket' | 'tls' | 'user' | 'idleMs'>;
  /** Why the pod could not be reached, where an attempt to has failed: more than etcd's client can know. */
  readonly failure: unknown;
}

export interface PodAccessOptions {
  readonly layout: PodLayout;
  /** `undefined`: etcd speaks plain HTTP/2. */
  readonly tls: EtcdTls | undefined;
  readonly user?: EtcdUser | undefined;
  readonly idleMs?: number | undefined;
}

/** Opens the way into a pod. Nothing is asked of it before somebody connects. */
export async function openPodAccess(
  api: Pick<KubeApi, 'portForward'>,
  pod: PodKey,
  { layout: { endpoint, port }, tls, user, idleMs }: PodAccessOptions,
): Promise<PodAccess> {
  const socket = await openPodSocket(api, pod, port);
  return {
    how: { endpoint, socket: socket.path, tls, user, idleMs },
    get failure() {
      return socket.failure;
    },
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  };
}

/** The member in a pod. @throws (its stream) `etcd.pod-unanswered`, and what forwarding the port fails with */
export function podSource(access: PodAccess, pod: PodKey, size?: number): SnapshotSource {
  return {
    describe: `pod ${formatKey(pod)}`,
    size,
    async *open({ signal }) {
      await using connection = connectEtcd({ ...access.how, signal });
      try {
        yield* connection.snapshot();
      } catch (thrown) {
        throw signal?.aborted === true ? thrown : podFailure(thrown, access, pod);
      }
    },
  };
}

/** What went wrong, said of the pod. */
export function podFailure(thrown: unknown, { failure }: PodAccess, pod: PodKey): unknown {
  if (failure !== undefined) return failure;
  return isHozonError(thrown) ? raise['pod-unanswered'](reasonsOf(thrown, pod), { cause: thrown }) : thrown;
}

function reasonsOf(thrown: HozonError, pod: PodKey) {
  return {
    pod: formatKey(pod),
    reason: { en: () => thrown.explain('en'), ja: () => thrown.explain('ja') },
  };
}
