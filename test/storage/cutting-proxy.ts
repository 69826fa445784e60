import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface CuttingProxy extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** How many answers were cut. */
  readonly cuts: () => number;
}

/** A request as it passes. */
export interface PassingRequest {
  /** Of all connections, from 1. */
  readonly connection: number;
  /** Its line and headers, in lower case. */
  readonly head: string;
}

/** After how many bytes of its answer the connection is reset, or falls silent. */
export interface Cut {
  readonly after: number;
  readonly how: 'reset' | 'stall';
}

/** A TCP proxy on loopback in front of an HTTP server that cuts answers in their middle. */
export async function cuttingProxy(
  target: URL,
  decide: (request: PassingRequest) => Cut | undefined,
): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let cuts = 0;
  const server = createServer(client => {
    const connection = ++connections;
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {}); // a cut is what this is for
      socket.on('close', () => [client, upstream].forEach(one => one.destroy()));
    }
    const relay = new Relay(upstream, client, () => cuts++);
    client.on('data', (chunk: Buffer) => {
      const head = headOf(chunk);
      if (head !== undefined) relay.expectAnswer(decide({ connection, head }));
    });
    client.pipe(upstream);
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

function headOf(chunk: Buffer): string | undefined {
  const text = chunk.subarray(0, 8192).toString('latin1');
  if (!/^(GET|HEAD|PUT|POST|DELETE) \S+ HTTP\/1\.1\r\n/.test(text)) return undefined;
  return text.slice(0, text.indexOf('\r\n\r\n')).toLowerCase();
}

/** Passes answers on, up to where the current one is cut. */
class Relay {
  #cut: Cut | undefined;
  #sent = 0;
  #ended = false;

  constructor(upstream: Socket, client: Socket, onCut: () => void) {
    upstream.on('data', (chunk: Buffer) => {
      if (this.#ended) return;
      const room = this.#cut === undefined ? chunk.length : this.#cut.after - this.#sent;
      this.#sent += chunk.length;
      if (room >= chunk.length) {
        if (!client.write(chunk)) upstream.pause();
        return;
      }
      onCut();
      this.#ended = true;
      client.write(chunk.subarray(0, Math.max(0, room)), () => {
        if (this.#cut?.how === 'reset') client.resetAndDestroy();
      });
    });
    client.on('drain', () => upstream.resume());
  }

  expectAnswer(cut: Cut | undefined): void {
    this.#cut = cut;
    this.#sent = 0;
  }
}
