import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { claimInstance, type Instance } from '../cluster/instance.ts';
import { untilReady } from '../cluster/readiness.ts';
import { type Narrate, silent } from '../narration.ts';
import { runOk } from '../processes.ts';
import { type EtcdCertificates, type EtcdTlsFiles, makeEtcdCertificates } from './certificates.ts';
import { type EtcdMember, memberOf, planOf } from './member.ts';
import { type EtcdPrograms, type EtcdVersion, etcdPrograms } from './programs.ts';

export interface EtcdClusterOptions {
  /** 3.6 unless given. */
  readonly version?: EtcdVersion;
  /** How many members, 3 unless given: `m0`, `m1`, … */
  readonly members?: 1 | 3 | 5;
  /** Client certificates are required, of clients and of peers. On unless `false`. */
  readonly tls?: boolean;
  /** `--initial-cluster-token`. */
  readonly token?: string;
  /** More flags for every member. They are durable unless `--unsafe-no-fsync` (3.5 on) is among them. */
  readonly flags?: readonly string[];
  /** The data directories' parent, which stays; a directory of the cluster's own, removed with it, unless given. */
  readonly dataDirs?: string;
  /** `false`: no member is started, so that data directories can be prepared first; then call `start()`. */
  readonly started?: boolean;
  readonly narrate?: Narrate;
  readonly signal?: AbortSignal | undefined;
}

/** A real etcd cluster of the testbed's own, on loopback. */
export interface EtcdCluster extends AsyncDisposable {
  readonly version: EtcdVersion;
  readonly programs: EtcdPrograms;
  readonly members: readonly EtcdMember[];
  /** Of all members. */
  readonly endpoints: readonly string[];
  /** `--initial-cluster` of its members: `m0=https://…,m1=…`. */
  readonly initialCluster: string;
  readonly token: string;
  /** Undefined without TLS. */
  readonly certificates: EtcdCertificates | undefined;
  /** What a client presents; undefined without TLS. */
  readonly client: EtcdTlsFiles | undefined;
  /** A directory of the cluster's own, for what a test makes beside it. */
  readonly dir: string;
  /** Starts the members that do not run, and waits until all are healthy. */
  start(signal?: AbortSignal): Promise<void>;
  /** Waits until these members (all unless given) are healthy. */
  untilHealthy(members?: readonly EtcdMember[], signal?: AbortSignal): Promise<void>;
  /** Its own release's etcdctl, API 3, with endpoints and certificates given. Resolves with stdout. */
  etcdctl(args: readonly string[], options?: EtcdctlOptions): Promise<string>;
}

export interface EtcdctlOptions {
  /** All of the cluster unless given. */
  readonly endpoints?: readonly string[];
  readonly stdin?: string | Uint8Array;
}

/**
 * Starts a cluster and waits until every member is healthy. Disposing of it ends the members and removes what they
 * wrote.
 */
export async function startEtcdCluster(options: EtcdClusterOptions = {}): Promise<EtcdCluster> {
  const { narrate = silent, signal } = options;
  const programs = await etcdPrograms(options.version ?? '3.6', { narrate, signal });
  const instance = await claimInstance(narrate);
  try {
    const cluster = await clusterOn(instance, programs, options);
    if (options.started !== false) await cluster.start(signal);
    return cluster;
  } catch (thrown) {
    await instance.release();
    throw thrown;
  }
}

async function clusterOn(
  instance: Instance,
  programs: EtcdPrograms,
  options: EtcdClusterOptions,
): Promise<EtcdCluster> {
  const { version = '3.6', tls = true, token = `testbed-${instance.slot}` } = options;
  const dir = options.dataDirs ?? join(instance.dir, 'members');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const scheme = tls ? 'https' : 'http';
  const plans = Array.from({ length: options.members ?? 3 }, (_, index) =>
    planOf(instance, index, { scheme, dir }),
  );
  const names = plans.map(({ name }) => name);
  const certificates = tls ? await makeEtcdCertificates(instance.dir, names) : undefined;
  const initialCluster = plans.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
  const { etcd: program } = programs;
  const common = { instance, program, initialCluster, token, client: certificates?.client };
  const flags = options.flags ?? [];
  const members = plans.map(plan =>
    memberOf(plan, { ...common, flags, tls: certificates?.member(plan.name) }),
  );
  const untilHealthy = (some = members, signal?: AbortSignal): Promise<void> => wait(some, signal);
  return {
    version,
    programs,
    members,
    endpoints: plans.map(({ endpoint }) => endpoint),
    initialCluster,
    token,
    certificates,
    client: certificates?.client,
    dir: instance.dir,
    untilHealthy,
    async start(signal) {
      await Promise.all(members.filter(member => !member.running).map(member => member.start()));
      await untilHealthy(members, signal);
    },
    etcdctl: (args, given = {}) =>
      runOk(
        [
          programs.etcdctl,
          `--endpoints=${(given.endpoints ?? plans.map(({ endpoint }) => endpoint)).join(',')}`,
          ...clientFlags(certificates?.client),
          ...patience,
          ...args,
        ],
        { env: { ETCDCTL_API: '3' }, ...(given.stdin === undefined ? {} : { stdin: given.stdin }) },
      ),
    [Symbol.asyncDispose]: () => instance.release(),
  };
}

async function wait(members: readonly EtcdMember[], signal: AbortSignal | undefined): Promise<void> {
  for (const member of members) {
    const daemons = member.daemon === undefined ? [] : [member.daemon];
    await untilReady(() => member.healthy(), {
      what: `etcd member ${member.name}`,
      daemons,
      seconds: 300,
      signal,
    });
  }
}

/** A busy machine is not a cluster that does not answer. */
const patience = ['--dial-timeout=60s', '--command-timeout=60s'];

function clientFlags(client: EtcdTlsFiles | undefined): string[] {
  if (client === undefined) return [];
  return [`--cacert=${client.caFile}`, `--cert=${client.certFile}`, `--key=${client.keyFile}`];
}
