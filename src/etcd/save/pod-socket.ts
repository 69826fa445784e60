import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { KubeApi, PodKey } from '#kube/api.ts';

/** A port of a pod as a Unix socket of this machine, which nobody but this user can connect to. */
export interface PodSocket extends AsyncDisposable {
  readonly path: string;
  /** What the last connection into the pod that failed has failed with. */
  readonly failure: unknown;
}

/** Opens a socket, each connection of which becomes one to a port of a pod. Nothing is asked of the pod before. */
export async function openPodSocket(
  api: Pick<KubeApi, 'portForward'>,
  pod: PodKey,
  port: number,
): Promise<PodSocket> {
  const directory = await mkdtemp(join(tmpdir(), 'hozon-etcd-'));
  const path = join(directory, 'etcd.sock');
  const relays = new Set<Promise<void>>();
  const halt = new AbortController();
  const { signal } = halt;
  let failure: unknown;
  const relay = async (socket: Socket): Promise<void> => {
    try {
      await passBothWays(socket, await api.portForward(pod, port, { signal }), signal);
    } catch (thrown) {
      if (!signal.aborted) failure = thrown;
    }
    socket.destroy();
  };
  const server = createServer(socket => {
    const relaying = relay(socket).finally(() => relays.delete(relaying));
    relays.add(relaying);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return {
    path,
    get failure() {
      return failure;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      halt.abort();
      await Promise.all([closed, ...relays]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Passes bytes both ways until one side closes, and closes the other. @throws what the far side fails with */
async function passBothWays(socket: Socket, far: Duplex, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = (): void => resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  far.once('error', reject).once('close', resolve);
  socket.on('error', () => {}).once('close', () => resolve());
  socket.pipe(far).pipe(socket);
  try {
    if (!signal.aborted) await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    far.on('error', () => {}).destroy();
  }
}
