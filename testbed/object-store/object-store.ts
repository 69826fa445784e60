import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { request as plainRequest } from 'node:http';
import { join } from 'node:path';
import { binary } from '../binaries.ts';
import { claimInstance, type Instance } from '../cluster/instance.ts';
import { issue, makeAuthority } from '../cluster/pki.ts';
import { answers, readTls, untilReady } from '../cluster/readiness.ts';
import { type Narrate, toStderr } from '../narration.ts';
import { type BucketOptions, createBucket } from './buckets.ts';

export interface ObjectStoreOptions {
  /** Over TLS, with a certificate of an authority made for this store; true unless told. */
  readonly tls?: boolean;
  /** An address to listen on beside loopback: a cluster's `node.address`, so that its pods reach the store. */
  readonly podAddress?: string | undefined;
  readonly narrate?: Narrate;
  readonly signal?: AbortSignal | undefined;
}

/** A running S3 server: plain data, so that other processes can use it too. */
export interface ObjectStoreState {
  readonly slot: number;
  readonly dir: string;
  /** `https://127.0.0.1:22016`. Buckets are addressed by path. */
  readonly endpoint: string;
  /** The same server, as pods reach it. */
  readonly podEndpoint?: string | undefined;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Whom to trust; absent without TLS. */
  readonly caFile?: string | undefined;
  /** A directory for each bucket, in it a file for each object. */
  readonly dataDir: string;
}

export interface TestObjectStore extends ObjectStoreState {
  /** Makes a bucket; it must not exist. Object lock brings versioning with it, as in S3. */
  createBucket(name: string, options?: BucketOptions): Promise<void>;
}

export interface OwnObjectStore extends TestObjectStore, AsyncDisposable {
  /** Ends it and removes all it stored. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts a real S3 server (versitygw: SigV4, multipart, ranged reads, presigned URLs, versioning, object lock)
 * with random root credentials, on loopback; any number side by side.
 *
 * @throws `testbed.*`
 */
export async function startObjectStore(options: ObjectStoreOptions = {}): Promise<OwnObjectStore> {
  const { narrate = toStderr, signal } = options;
  const program = await binary('versitygw', { narrate, signal });
  const instance = await claimInstance(narrate);
  try {
    const state = await start(instance, program, options);
    const stop = (): Promise<void> => instance.release();
    return { ...objectStoreOf(state), stop, [Symbol.asyncDispose]: stop };
  } catch (thrown) {
    await instance.release();
    throw thrown;
  }
}

/** An S3 server that is known by its state only. */
export function objectStoreOf(state: ObjectStoreState): TestObjectStore {
  return { ...state, createBucket: (name, options) => createBucket(state, name, options) };
}

const healthPath = '/.health'; // no bucket can have this name
const region = 'us-east-1';

async function start(
  instance: Instance,
  program: string,
  options: ObjectStoreOptions,
): Promise<ObjectStoreState> {
  const addresses = ['127.0.0.1', ...(options.podAddress === undefined ? [] : [options.podAddress])];
  const dataDir = join(instance.dir, 'buckets');
  const versionsDir = join(instance.dir, 'versions');
  await Promise.all([dataDir, versionsDir].map(dir => mkdir(dir)));
  const tls = options.tls === false ? undefined : await certificate(instance, addresses);
  const accessKeyId = randomBytes(10).toString('hex').toUpperCase();
  const secretAccessKey = randomBytes(30).toString('base64url');
  const daemon = await instance.startDaemon({
    name: 'versitygw',
    env: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
    command: [
      program,
      ...addresses.flatMap(address => ['--port', `${address}:${instance.port(0)}`]),
      ...(tls === undefined ? [] : ['--cert', tls.certificate, '--key', tls.key]),
      `--region=${region}`,
      `--health=${healthPath}`,
      '--keep-alive',
      '--quiet',
      'posix',
      `--versioning-dir=${versionsDir}`,
      dataDir,
    ],
  });
  const urlAt = (address: string): string =>
    `${tls === undefined ? 'http' : 'https'}://${address}:${instance.port(0)}`;
  const endpoint = urlAt('127.0.0.1');
  await untilReady(await probe(`${endpoint}${healthPath}`, tls?.caFile), {
    what: 'the S3 server',
    daemons: [daemon],
    signal: options.signal,
  });
  return {
    slot: instance.slot,
    dir: instance.dir,
    endpoint,
    podEndpoint: options.podAddress === undefined ? undefined : urlAt(options.podAddress),
    region,
    accessKeyId,
    secretAccessKey,
    caFile: tls?.caFile,
    dataDir,
  };
}

async function certificate(
  instance: Instance,
  addresses: readonly string[],
): Promise<{ caFile: string; certificate: string; key: string }> {
  const authority = await makeAuthority(join(instance.dir, 'pki'), 'testbed S3');
  const pair = await issue(authority, { name: 'versitygw', hosts: ['localhost', ...addresses] });
  return { caFile: authority.certificate, ...pair };
}

async function probe(url: string, caFile: string | undefined): Promise<() => Promise<true | string>> {
  if (caFile === undefined) return () => answersPlainly(url);
  const tls = await readTls(caFile);
  return () => answers(url, tls);
}

function answersPlainly(url: string): Promise<true | string> {
  const { promise, resolve, reject } = Promise.withResolvers<true | string>();
  const sent = plainRequest(url, { agent: false, timeout: 10_000 }, response => {
    response.resume();
    resolve(response.statusCode === 200 ? true : String(response.statusCode));
  });
  sent.on('timeout', () => sent.destroy(new Error(`${url} did not answer in 10 s`)));
  sent.on('error', reject);
  sent.end();
  return promise;
}
