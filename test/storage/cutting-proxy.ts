import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface CuttingProxy extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** How many connections were cut or held. */
  readonly cuts: () => number;
}

/** What becomes of connection number `connection` (from 1) once the server has sent `after` bytes over it. */
export type Cut = (
  connection: number,
) => { readonly after: number; readonly how: 'reset' | 'stall' } | undefined;

/** A TCP proxy on loopback in front of `target` that resets or silences connections in the middle of an answer. */
export async function cuttingProxy(target: URL, cut: Cut): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let cuts = 0;
  const server = createServer(client => {
    const fate = cut(++connections);
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {}); // a cut is what this is for
      socket.on('close', () => [client, upstream].forEach(one => one.destroy()));
    }
    client.pipe(upstream);
    relay(upstream, client, fate, () => cuts++);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cuts: () => cuts,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function relay(upstream: Socket, client: Socket, fate: ReturnType<Cut>, onCut: () => void): void {
  let sent = 0;
  let silent = false;
  upstream.on('data', (chunk: Buffer) => {
    if (silent) return;
    const room = fate === undefined ? chunk.length : Math.max(0, fate.after - sent);
    sent += chunk.length;
    if (room >= chunk.length) {
      if (!client.write(chunk)) upstream.pause();
      return;
    }
    onCut();
    silent = true;
    client.write(chunk.subarray(0, room), () => {
      if (fate?.how === 'reset') client.resetAndDestroy();
    });
  });
  client.on('drain', () => upstream.resume());
}
