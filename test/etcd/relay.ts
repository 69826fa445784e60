import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/** What happens to a connection when so many bytes have come from the server over it. */
export interface RelayFault {
  readonly afterBytes: number;
  /** `cut`: both sides are closed. `hold`: nothing passes any more. `flip`: one bit is turned, and the rest passes. */
  readonly does: 'cut' | 'hold' | 'flip';
}

/** A TCP port that leads to another one, until a fault meets a connection. */
export interface Relay extends AsyncDisposable {
  readonly port: number;
  /** Resolves as soon as the fault has met a connection. */
  readonly met: Promise<void>;
}

/** Connections that bring fewer bytes pass untouched, so that a fault meets a stream and not the questions before it. */
export async function startRelay(target: string, fault: RelayFault): Promise<Relay> {
  const { hostname: host, port } = new URL(target);
  const { promise: met, resolve } = Promise.withResolvers<void>();
  const sockets = new Set<Socket>();
  const server = createServer(near => {
    const far = connect({ host, port: Number(port) });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
    }
    const cut = (): void => {
      near.destroy();
      far.destroy();
    };
    near.pipe(far);
    far.pipe(faulty(fault, { met: resolve, cut })).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    met,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Waits for the fault; what goes through the relay and ends without it fails the test instead of hanging it. */
export async function metBeforeEnd(relay: Relay, end: Promise<unknown>): Promise<void> {
  let isMet = false;
  const met = relay.met.then(() => (isMet = true));
  const ended = await Promise.race([met, end.catch(() => {})]);
  await new Promise(setImmediate); // that both have happened is well
  if (!isMet) throw new Error(`it ended before the fault: ${JSON.stringify(ended)}`);
}

function faulty(
  { afterBytes, does }: RelayFault,
  { met, cut }: { readonly met: () => void; readonly cut: () => void },
): Transform {
  let passed = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const before = passed;
      passed += chunk.length;
      if (passed <= afterBytes || (does === 'flip' && before > afterBytes)) return done(null, chunk);
      met();
      if (does === 'hold') return undefined; // and never says that it is done
      if (does === 'cut') cut();
      else chunk[afterBytes - before] = (chunk[afterBytes - before] ?? 0) ^ 0x10;
      return done(null, does === 'cut' ? undefined : chunk);
    },
  });
}
