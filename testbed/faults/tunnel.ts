import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ClientIdentity, pairs, sendOn, type Upstream } from './upstream.ts';

export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** What the client sent after its request already. */
  readonly head: Buffer;
  readonly identity: ClientIdentity | undefined;
  /** Told of the connection to the server, so that it can be cut too. */
  readonly keep: (socket: Duplex) => void;
}

/** Passes an upgrade on, and from then on every byte both ways, until either side ends. */
export function tunnel(upstream: Upstream, { request, socket, head, identity, keep }: Upgrade): void {
  const onward = sendOn(upstream, request, identity);
  socket.on('error', () => socket.destroy());
  onward.on('error', () => socket.destroy());
  onward.on('response', answer => {
    socket.write(headOf(answer)); // a refusal
    answer.pipe(socket);
  });
  onward.on('upgrade', (answer: IncomingMessage, far: Duplex, farHead: Buffer) => {
    keep(far);
    far.on('error', () => far.destroy());
    far.on('close', () => socket.destroy());
    socket.on('close', () => far.destroy());
    socket.write(Buffer.concat([Buffer.from(headOf(answer)), farHead]));
    far.write(head);
    far.pipe(socket).pipe(far);
  });
  onward.end();
}

/** A refusal's body follows as it is, and ends with the connection: its framing is undone by then. */
function headOf(answer: IncomingMessage): string {
  const framing =
    answer.statusCode === 101 ? /^$/ : /^(?:transfer-encoding|content-length|connection|keep-alive)$/i;
  const headers = pairs(answer.rawHeaders).filter(([name]) => !framing.test(name));
  if (answer.statusCode !== 101) headers.push(['Connection', 'close']);
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n${lines.join('')}\r\n`;
}
