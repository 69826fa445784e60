import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault } from './rules.ts';
import { pairs } from './upstream.ts';

/** What happens to the body of an answer on its way: after so many bytes, this. */
export interface Interruption {
  readonly afterBytes: number;
  readonly outcome: 'cut' | 'end' | (() => Promise<void>);
}

/** Answers in the server's place. */
export function answerStatus(response: ServerResponse, fault: Extract<Fault, { kind: 'status' }>): void {
  const { status, reason, retryAfterSeconds } = fault;
  const message = `injected by the testbed: ${reason ?? status}`;
  const kubernetes = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    code: status,
  };
  const body = fault.body ?? (reason === undefined ? message : JSON.stringify(kubernetes));
  response.writeHead(status, {
    'content-type': reason === undefined ? 'text/plain' : 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
  });
  response.end(body);
}

/** Passes an answer on as it comes, up to where it is interrupted. */
export async function passOn(
  from: IncomingMessage,
  to: ServerResponse,
  interruption?: Interruption,
): Promise<void> {
  to.writeHead(from.statusCode ?? 502, from.statusMessage, headersFor(from, interruption));
  to.flushHeaders(); // a watch's answer has begun long before its first byte comes
  let left = interruption?.afterBytes ?? Number.POSITIVE_INFINITY;
  if (interruption !== undefined && left === 0 && (await interrupted(to, interruption))) return;
  for await (const chunk of from as AsyncIterable<Buffer>) {
    if (interruption !== undefined && left >= 0 && chunk.length >= left) {
      await write(to, chunk.subarray(0, left));
      if (await interrupted(to, interruption)) return;
      await write(to, chunk.subarray(left));
      left = Number.POSITIVE_INFINITY;
      continue;
    }
    left -= chunk.length;
    await write(to, chunk);
  }
  to.end();
}

/** Whether that was the end of it. */
async function interrupted(to: ServerResponse, { outcome }: Interruption): Promise<boolean> {
  if (outcome === 'cut') {
    await drained(to);
    to.destroy();
    return true;
  }
  if (outcome === 'end') {
    to.end();
    return true;
  }
  await outcome();
  return to.destroyed;
}

/** An answer that ends early says so in no header: its length is what is left of it. */
function headersFor(from: IncomingMessage, interruption: Interruption | undefined): string[] {
  const kept = pairs(from.rawHeaders).filter(([name]) => !/^(?:connection|keep-alive)$/i.test(name));
  if (interruption?.outcome !== 'end') return kept.flat();
  const shorter = (name: string, value: string): string =>
    name.toLowerCase() === 'content-length'
      ? String(Math.min(Number(value), interruption.afterBytes))
      : value;
  return kept.map(([name, value]) => [name, shorter(name, value)]).flat();
}

function write(to: ServerResponse, chunk: Buffer): Promise<void> {
  if (chunk.length === 0 || to.destroyed) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  to.write(chunk, () => resolve()); // called with an error where the client has gone: nobody is left to tell
  return promise;
}

/** Resolves when what was written before has left this process. */
function drained(to: ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (to.destroyed || to.socket === null) return Promise.resolve();
  to.socket.write('', () => resolve());
  return promise;
}
