import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { describeThrown } from '#foundation/errors.ts';
import { testbedErrors } from '../errors.ts';
import type { Daemon } from '../processes.ts';
import type { KeyPair } from './pki.ts';

export interface ReadyOptions {
  /** For the error: what was waited for. */
  readonly what: string;
  /** Readiness can come no more once one of these has ended. */
  readonly daemons?: readonly Daemon[];
  readonly seconds?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks `ready` again and again until it answers `true`. Machines are noisy, so the limit is generous, but a
 * daemon that ends while it is waited for ends the wait at once.
 *
 * @throws `testbed.process-exited`, `testbed.not-ready`
 */
export async function untilReady(ready: () => Promise<true | string>, options: ReadyOptions): Promise<void> {
  const { what, daemons = [], seconds = 180, signal } = options;
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    signal?.throwIfAborted();
    const dead = daemons.find(daemon => !daemon.running);
    if (dead !== undefined) throw await dead.failure();
    const answer = await ready().catch(describeThrown);
    if (answer === true) return;
    if (performance.now() > deadline) {
      throw testbedErrors.raise['not-ready']({ what, seconds, last: answer.slice(0, 1000) });
    }
    await delay(100, undefined, signal === undefined ? {} : { signal });
  }
}

export interface TlsFiles {
  readonly ca: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** The certificate of a server's authority and, with `pair`, a client's own. */
export async function readTls(caFile: string, pair?: KeyPair): Promise<TlsFiles> {
  const ca = await readFile(caFile);
  if (pair === undefined) return { ca };
  return { ca, cert: await readFile(pair.certificate), key: await readFile(pair.key) };
}

/** `true` where the address answers 200, else what it answers: for {@link untilReady}. */
export function answers(url: string, tls: TlsFiles): Promise<true | string> {
  const { promise, resolve, reject } = Promise.withResolvers<true | string>();
  const sent = request(url, { ...tls, agent: false, timeout: 10_000 }, response => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      if (text.length < 4000) text += chunk;
    });
    response.on('end', () => resolve(response.statusCode === 200 ? true : `${response.statusCode} ${text}`));
    response.on('error', reject);
  });
  sent.on('timeout', () => sent.destroy(new Error(`${url} did not answer in 10 s`)));
  sent.on('error', reject);
  sent.end();
  return promise;
}
