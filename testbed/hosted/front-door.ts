import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * The address at which a hosted API server is reached from outside, whichever pod it runs in: what a load balancer or a
 * route is elsewhere. TLS passes through. Connections are cut where no pod is ready.
 */
export interface FrontDoor extends AsyncDisposable {
  /** `10.213.0.1:41234`. */
  readonly address: string;
  /** The addresses of the pods that are ready. */
  lead(to: readonly string[]): void;
}

export async function openFrontDoor(host: string, port: number): Promise<FrontDoor> {
  let targets: readonly string[] = [];
  const open = new Set<Socket>();
  const server = createServer(incoming => {
    const [target] = targets;
    if (target === undefined) {
      incoming.destroy();
      return;
    }
    const outgoing = connect({ host: target, port });
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      open.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  return {
    address: `${host}:${await listen(server, host)}`,
    lead: to => {
      targets = to;
    },
    async [Symbol.asyncDispose]() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      for (const socket of open) socket.destroy();
      await closed.promise;
    },
  };
}

async function listen(server: Server, host: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(0, host, resolve);
  await promise;
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a front door has no port');
  server.unref();
  return address.port;
}
