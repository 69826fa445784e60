import { join } from 'node:path';
import type { Instance } from '../cluster/instance.ts';
import { answers, readTls } from '../cluster/readiness.ts';
import type { Daemon } from '../processes.ts';
import type { EtcdTlsFiles } from './certificates.ts';

/** What is known of a member before it was ever started. */
export interface MemberPlan {
  readonly name: string;
  /** Where clients reach it. */
  readonly endpoint: string;
  readonly peerUrl: string;
  readonly dataDir: string;
}

/** One member of a cluster: a process that can be ended and started again on its data directory. */
export interface EtcdMember extends MemberPlan {
  /** Its certificate and key, and the authority; undefined without TLS. */
  readonly tls: EtcdTlsFiles | undefined;
  readonly running: boolean;
  /** The process while it runs, or ran last. */
  readonly daemon: Daemon | undefined;
  /** Starts it; does not wait until it serves. `state` is `existing` for a member that was added to a cluster. */
  start(options?: StartMember): Promise<void>;
  /** SIGTERM: it hands leadership over and closes its files. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** `true` while it serves linearizable reads, so while it has a leader; else what it answers. */
  healthy(): Promise<true | string>;
}

export interface StartMember {
  readonly state?: 'new' | 'existing';
  /** The members it is told to find; the cluster's own unless given. */
  readonly initialCluster?: string;
  /** Replaces the cluster's flags of its own (`--quota-backend-bytes=…`). */
  readonly flags?: readonly string[];
}

export interface MemberContext {
  readonly instance: Instance;
  readonly program: string;
  readonly initialCluster: string;
  readonly token: string;
  readonly flags: readonly string[];
  readonly tls: EtcdTlsFiles | undefined;
  /** What clients of the cluster present. */
  readonly client: EtcdTlsFiles | undefined;
}

export function memberOf(plan: MemberPlan, context: MemberContext): EtcdMember {
  let daemon: Daemon | undefined;
  return {
    ...plan,
    tls: context.tls,
    get running() {
      return daemon?.running === true;
    },
    get daemon() {
      return daemon;
    },
    async start(options = {}) {
      if (daemon?.running === true) throw new Error(`${plan.name} is running`);
      daemon = await context.instance.startDaemon({
        name: plan.name,
        command: commandOf(plan, context, options),
      });
    },
    stop: async () => daemon?.stop(),
    kill: async () => daemon?.stop({ signal: 'SIGKILL' }),
    healthy: () => healthOf(plan, context.client),
  };
}

/** etcd's `/health` answers 200 where a linearizable read succeeds. */
async function healthOf({ endpoint }: MemberPlan, client: EtcdTlsFiles | undefined): Promise<true | string> {
  const pair = client === undefined ? undefined : { certificate: client.certFile, key: client.keyFile };
  if (client === undefined) return plainHealth(endpoint);
  return answers(`${endpoint}/health`, await readTls(client.caFile, pair));
}

async function plainHealth(endpoint: string): Promise<true | string> {
  const response = await fetch(`${endpoint}/health`, { signal: AbortSignal.timeout(10_000) });
  const text = await response.text();
  return response.ok ? true : `${response.status} ${text}`;
}

function commandOf(plan: MemberPlan, context: MemberContext, options: StartMember): string[] {
  return [
    context.program,
    `--name=${plan.name}`,
    `--data-dir=${plan.dataDir}`,
    `--listen-client-urls=${plan.endpoint}`,
    `--advertise-client-urls=${plan.endpoint}`,
    `--listen-peer-urls=${plan.peerUrl}`,
    `--initial-advertise-peer-urls=${plan.peerUrl}`,
    `--initial-cluster=${options.initialCluster ?? context.initialCluster}`,
    `--initial-cluster-token=${context.token}`,
    `--initial-cluster-state=${options.state ?? 'new'}`,
    '--heartbeat-interval=250', // a busy machine lets elections time out
    '--election-timeout=2500',
    '--log-level=warn',
    '--logger=zap',
    ...tlsFlags(context.tls),
    ...(options.flags ?? context.flags),
  ];
}

function tlsFlags(tls: EtcdTlsFiles | undefined): string[] {
  if (tls === undefined) return [];
  const { caFile, certFile, keyFile } = tls;
  return [
    '--client-cert-auth',
    `--trusted-ca-file=${caFile}`,
    `--cert-file=${certFile}`,
    `--key-file=${keyFile}`,
    '--peer-client-cert-auth',
    `--peer-trusted-ca-file=${caFile}`,
    `--peer-cert-file=${certFile}`,
    `--peer-key-file=${keyFile}`,
  ];
}

export function planOf(
  instance: Instance,
  index: number,
  options: { scheme: string; dir: string },
): MemberPlan {
  const name = `m${index}`;
  const at = (offset: number): string => `${options.scheme}://127.0.0.1:${instance.port(offset)}`;
  return { name, endpoint: at(index * 2), peerUrl: at(index * 2 + 1), dataDir: join(options.dir, name) };
}
