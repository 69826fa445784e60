import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type KubeClient } from '#kube/client/client.ts';
import { secrets } from '../cluster/types.ts';

/** Writes through a hosted API server that go on until they are stopped, whether it answers or not. */
export interface ApiLoad extends AsyncDisposable {
  /** The names of the Secrets, in the namespace default, that the server said it had made. */
  readonly acknowledged: ReadonlySet<string>;
  /** Resolves as soon as so many are acknowledged. */
  untilAcknowledged(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** What the Secret of a name holds under `word`: it follows from the name. */
export function loadWord(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

/**
 * Makes new Secrets in the namespace default all the time. What is not acknowledged may be made or not, is not recorded, and
 * its name is used no more.
 */
export async function startApiLoad(kubeconfig: string): Promise<ApiLoad> {
  const client = await connect({ kubeconfig });
  const acknowledged = new Set<string>();
  const stopping = new AbortController();
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const record = (name: string): void => {
    acknowledged.add(name);
    for (const { count, resolve } of waiting) if (acknowledged.size >= count) resolve();
  };
  const writing = write(client, record, stopping.signal);
  const end = async (): Promise<void> => {
    stopping.abort();
    await writing;
    await client.close();
  };
  let ended: Promise<void> | undefined;
  const stop = (): Promise<void> => (ended ??= end());
  return {
    acknowledged,
    untilAcknowledged(count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ count, resolve });
      if (acknowledged.size >= count) resolve();
      return promise;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function write(client: KubeClient, record: (name: string) => void, signal: AbortSignal): Promise<void> {
  const run = randomBytes(3).toString('hex');
  for (let count = 0; !signal.aborted; count++) {
    const name = `load-${run}-${String(count).padStart(6, '0')}`;
    const rest = (await made(client, name, signal)) ? 20 : 200;
    if (rest === 20) record(name);
    await delay(rest, undefined, { signal }).catch(() => {});
  }
}

async function made(client: KubeClient, name: string, signal: AbortSignal): Promise<boolean> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
  const metadata = { name, namespace: 'default' };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { word: loadWord(name) } };
  try {
    await client.create(secrets, secret, { signal: limit });
    return true;
  } catch {
    return false; // the server is down, or went down meanwhile
  }
}
