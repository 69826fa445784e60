import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { EtcdCluster } from './cluster.ts';

export interface WriteLoadOptions {
  /** What the keys begin with; `/load/` unless given. */
  readonly prefix?: string;
  /** Of each value; 1000 unless given. */
  readonly valueBytes?: number;
  /** How many writers at a time, each with keys of its own; 2 unless given. */
  readonly writers?: number;
  /** Milliseconds that a writer rests after each write; 5 unless given. */
  readonly restMs?: number;
}

/** Writes that go on until they are stopped. */
export interface WriteLoad extends AsyncDisposable {
  /** Every key that etcd acknowledged, and the revision that it was written at. In the order of the answers. */
  readonly acknowledged: ReadonlyMap<string, number>;
  /** Resolves as soon as so many are acknowledged. */
  untilAcknowledged(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** The value of a key follows from it, so that a snapshot can be compared without keeping them. */
export function loadValue(key: string, bytes = 1000): Buffer {
  const seed = createHash('sha256').update(key).digest('hex');
  return Buffer.from(seed.repeat(Math.ceil(bytes / seed.length)).slice(0, bytes));
}

/**
 * Writes new keys all the time, over etcd's JSON gateway. What is not acknowledged (a member was killed) may be written
 * or not and is not recorded; the writer goes on with the next member and another key.
 */
export async function startWriteLoad(
  cluster: EtcdCluster,
  options: WriteLoadOptions = {},
): Promise<WriteLoad> {
  const { writers = 2 } = options;
  const dispatcher = await agentOf(cluster);
  const acknowledged = new Map<string, number>();
  const stopping = new AbortController();
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const record = (key: string, revision: number): void => {
    acknowledged.set(key, revision);
    for (const { count, resolve } of waiting) if (acknowledged.size >= count) resolve();
  };
  const work = Array.from({ length: writers }, (_, writer) =>
    write({ cluster, dispatcher, options, record, signal: stopping.signal }, writer),
  );
  const stop = async (): Promise<void> => {
    stopping.abort();
    await Promise.all(work);
    await dispatcher.close();
  };
  let stopped: Promise<void> | undefined;
  const once = (): Promise<void> => (stopped ??= stop());
  return {
    acknowledged,
    untilAcknowledged(count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ count, resolve });
      if (acknowledged.size >= count) resolve();
      return promise;
    },
    stop: once,
    [Symbol.asyncDispose]: once,
  };
}

interface Writing {
  readonly cluster: EtcdCluster;
  readonly dispatcher: Agent;
  readonly options: WriteLoadOptions;
  readonly record: (key: string, revision: number) => void;
  readonly signal: AbortSignal;
}

async function write(
  { cluster, dispatcher, options, record, signal }: Writing,
  writer: number,
): Promise<void> {
  const { prefix = '/load/', valueBytes = 1000, restMs = 5 } = options;
  for (let count = 0; !signal.aborted; count++) {
    const key = `${prefix}${writer}-${String(count).padStart(8, '0')}`;
    const endpoint = cluster.endpoints[(writer + count) % cluster.endpoints.length] ?? '';
    const revision = await put({ endpoint, dispatcher, key, value: loadValue(key, valueBytes) });
    if (revision !== undefined) record(key, revision);
    await delay(revision === undefined ? 50 : restMs, undefined, { signal }).catch(() => {});
  }
}

interface Put {
  readonly endpoint: string;
  readonly dispatcher: Agent;
  readonly key: string;
  readonly value: Buffer;
}

/** The revision, where etcd acknowledges it. */
async function put({ endpoint, dispatcher, key, value }: Put): Promise<number | undefined> {
  const body = JSON.stringify({ key: Buffer.from(key).toString('base64'), value: value.toString('base64') });
  try {
    const answer = await request(`${endpoint}/v3/kv/put`, { method: 'POST', body, dispatcher });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) return undefined;
    return Number((JSON.parse(text) as { header: { revision: string } }).header.revision);
  } catch {
    return undefined; // the member is down, or went down meanwhile
  }
}

async function agentOf({ client }: EtcdCluster): Promise<Agent> {
  const timeouts = { headersTimeout: 10_000, bodyTimeout: 10_000 };
  if (client === undefined) return new Agent(timeouts);
  const [ca, cert, key] = await Promise.all(
    [client.caFile, client.certFile, client.keyFile].map(file => readFile(file)),
  );
  return new Agent({ ...timeouts, connect: { ca, cert, key } });
}
