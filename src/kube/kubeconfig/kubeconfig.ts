import os from 'node:os';
import path from 'node:path';
import { type Clock, systemClock } from '#foundation/clock.ts';
import type {
  ClusterConnection,
  Credentials,
  Impersonation,
  Material,
  TlsTrust,
} from '../client/connection.ts';
import { proxyFor } from '../client/proxy.ts';
import { raise } from '../errors.ts';
import {
  anonymous,
  basicCredentials,
  inFile,
  inMemory,
  tokenCredentials,
  tokenFileCredentials,
  withCertificate,
} from './credentials.ts';
import { execCredentials } from './exec-plugin.ts';
import { inClusterConnection } from './in-cluster.ts';
import {
  isSection,
  type Kubeconfig,
  readKubeconfigs,
  type Section,
  sectionOf,
  textOf,
  textsOf,
} from './kubeconfig-file.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface KubeconfigOptions {
  /** An explicit file, `--kubeconfig`: nothing else is looked at. */
  readonly kubeconfig?: string | undefined;
  /** A context other than the current one, `--context`. */
  readonly context?: string | undefined;
  /** Act as somebody else, over what the kubeconfig says. */
  readonly impersonation?: Impersonation | undefined;
  /** Whether a credential plugin may talk to the person at the terminal; by default where stdin is one. */
  readonly interactive?: boolean | undefined;
  readonly env?: Environment | undefined;
  /** The home directory, for `~/.kube/config`. */
  readonly home?: string | undefined;
  /** Where a pod's service account is mounted. */
  readonly serviceAccountDirectory?: string | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * Finds the cluster to talk to: an explicit file, else the files of `KUBECONFIG`, else `~/.kube/config`, else the
 * service account of the pod this runs in. Reads files, runs nothing, connects to nothing. Rejects with
 * `kube.kubeconfig-*`, `kube.auth-provider`.
 */
export async function loadKubeconfig(options: KubeconfigOptions = {}): Promise<ClusterConnection> {
  const { env = process.env, clock = systemClock } = options;
  const wanted = candidateFiles(options, env);
  const config = await readKubeconfigs(wanted.files, { required: wanted.required });
  if (config !== undefined) return connectionOf(config, options, clock);
  const inside = await inClusterConnection(env, clock, options.serviceAccountDirectory);
  if (inside === undefined) throw raise['kubeconfig-missing']({ source: wanted.files.join(path.delimiter) });
  return { ...inside, impersonation: options.impersonation };
}

function candidateFiles(
  options: KubeconfigOptions,
  env: Environment,
): { files: string[]; required: boolean } {
  if (options.kubeconfig !== undefined) return { files: [options.kubeconfig], required: true };
  const listed = (env['KUBECONFIG'] ?? '').split(path.delimiter).filter(file => file !== '');
  if (listed.length > 0) return { files: listed, required: false };
  return { files: [path.join(options.home ?? os.homedir(), '.kube', 'config')], required: false };
}

function connectionOf(config: Kubeconfig, options: KubeconfigOptions, clock: Clock): ClusterConnection {
  const name = options.context ?? config.currentContext;
  const context = name === '' ? undefined : config.contexts.get(name);
  if (context === undefined) {
    throw raise['kubeconfig-context']({
      source: config.source,
      context: name,
      known: [...config.contexts.keys()],
    });
  }
  const cluster = entryOf(config, 'clusters', textOf(context, 'cluster'));
  const user =
    textOf(context, 'user') === '' ? ({} as Section) : entryOf(config, 'users', textOf(context, 'user'));
  const server = serverOf(config, cluster);
  return {
    server,
    source: config.source,
    context: name,
    namespace: textOf(context, 'namespace') || 'default',
    proxy: proxyFor(server, textOf(cluster, 'proxy-url') || undefined, options.env ?? process.env),
    tls: trustOf(config, cluster, clock),
    credentials: credentialsOf({ config, cluster, user, userName: textOf(context, 'user') }, options, clock),
    impersonation: options.impersonation ?? impersonationOf(user),
  };
}

function entryOf(config: Kubeconfig, list: 'clusters' | 'users', name: string): Section {
  const entry = config[list].get(name);
  if (entry !== undefined) return entry;
  const reason = `its context names ${JSON.stringify(name)}, which is not among its ${list}`;
  throw raise['kubeconfig-invalid']({ source: config.source, reason });
}

function serverOf(config: Kubeconfig, cluster: Section): string {
  const text = textOf(cluster, 'server');
  const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`);
  if (text === '' || url === null || !/^https?:$/.test(url.protocol)) {
    const reason = `its cluster has ${text === '' ? 'no server' : 'a server that is no http(s) URL'}`;
    throw raise['kubeconfig-invalid']({ source: config.source, reason });
  }
  return `${url.protocol}//${url.host}${url.pathname}`.replace(/\/+$/, '');
}

function trustOf(config: Kubeconfig, cluster: Section, clock: Clock): TlsTrust {
  const ca = materialOf(config, cluster, 'certificate-authority', clock);
  const insecure = cluster['insecure-skip-tls-verify'] === true;
  if (insecure && ca !== undefined) {
    const reason = 'certificate-authority and insecure-skip-tls-verify exclude each other';
    throw raise['kubeconfig-invalid']({ source: config.source, reason });
  }
  return { insecure, serverName: textOf(cluster, 'tls-server-name') || undefined, ca };
}

/** `<key>-data` (base64 of PEM) before the file under `<key>`. */
function materialOf(config: Kubeconfig, section: Section, key: string, clock: Clock): Material | undefined {
  const data = textOf(section, `${key}-data`);
  if (data === '') return textOf(section, key) === '' ? undefined : inFile(textOf(section, key), clock);
  if (/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(data)) return inMemory(Buffer.from(data, 'base64').toString('utf8'));
  throw raise['kubeconfig-invalid']({ source: config.source, reason: `${key}-data is not base64` });
}

interface Chosen {
  readonly config: Kubeconfig;
  readonly cluster: Section;
  readonly user: Section;
  readonly userName: string;
}

function credentialsOf(chosen: Chosen, options: KubeconfigOptions, clock: Clock): Credentials {
  const { config, user } = chosen;
  const base = identityOf(chosen, options, clock);
  const cert = materialOf(config, user, 'client-certificate', clock);
  const key = materialOf(config, user, 'client-key', clock);
  if (cert === undefined && key === undefined) return base;
  if (cert === undefined || key === undefined) {
    const reason = `its user has ${cert === undefined ? 'a client key' : 'a client certificate'} without the other half`;
    throw raise['kubeconfig-invalid']({ source: config.source, reason });
  }
  return withCertificate(base, cert, key);
}

function identityOf(chosen: Chosen, options: KubeconfigOptions, clock: Clock): Credentials {
  const { config, user, userName } = chosen;
  const token = textOf(user, 'token');
  const tokenFile = textOf(user, 'tokenFile');
  if (tokenFile !== '') return tokenFileCredentials(tokenFile, clock, token || undefined);
  if (token !== '') return tokenCredentials(token);
  if (textOf(user, 'username') !== '') {
    return basicCredentials(textOf(user, 'username'), textOf(user, 'password'));
  }
  if (isSection(user['exec'])) {
    return execCredentials(
      { source: config.source, exec: user['exec'], cluster: chosen.cluster },
      { clock, interactive: options.interactive, env: options.env },
    );
  }
  if (isSection(user['auth-provider'])) {
    const provider = textOf(user['auth-provider'], 'name');
    throw raise['auth-provider']({ source: config.source, user: userName, provider });
  }
  return anonymous;
}

function impersonationOf(user: Section): Impersonation | undefined {
  const as = textOf(user, 'as');
  if (as === '') return undefined;
  const extra = sectionOf(user, 'as-user-extra');
  return {
    user: as,
    groups: textsOf(user, 'as-groups'),
    uid: textOf(user, 'as-uid') || undefined,
    extra: Object.fromEntries(Object.keys(extra).map(key => [key, textsOf(extra, key)])),
  };
}
