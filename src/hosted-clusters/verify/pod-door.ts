import { createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { KubeApi, PodKey } from '#kube/api.ts';

/** A port of this machine, on loopback, each connection of which leads to a port of a pod. */
export interface PodDoor extends AsyncDisposable {
  readonly port: number;
}

/** Opens it. Nothing is asked of the pod before somebody connects. Who connects has to prove himself to the pod. */
export async function openPodDoor(
  api: Pick<KubeApi, 'portForward'>,
  pod: PodKey,
  port: number,
): Promise<PodDoor> {
  const open = new Set<Duplex>();
  const halt = new AbortController();
  const server = createServer(socket => void lead(socket));
  const lead = async (socket: Socket): Promise<void> => {
    keep(open, socket);
    try {
      const far = await api.portForward(pod, port, { signal: halt.signal });
      keep(open, far);
      socket.once('close', () => far.destroy());
      far.once('close', () => socket.destroy());
      socket.pipe(far).pipe(socket);
    } catch {
      socket.destroy(); // whoever has connected sees it end
    }
  };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    async [Symbol.asyncDispose]() {
      halt.abort();
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      for (const each of open) each.destroy();
      await closed;
    },
  };
}

function keep(open: Set<Duplex>, stream: Duplex): void {
  open.add(stream);
  stream.on('error', () => stream.destroy());
  stream.once('close', () => open.delete(stream));
}
