import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeApi } from '#kube/api.ts';
import type { ClusterConnection } from '#kube/client/connection.ts';
import { type Fields, fieldsAt, isFields, listAt, textAt } from '#kube/fields.ts';
import { loadKubeconfig } from '#kube/kubeconfig/kubeconfig.ts';
import { secretType } from '#kube/secret-type.ts';
import type { HostedCluster } from '../hosted-cluster.ts';

/** What of a kubeconfig is used: nothing that runs a program, reads a file of this machine, or believes any server. */
const ofCluster = ['server', 'certificate-authority-data', 'tls-server-name'];
const ofUser = ['client-certificate-data', 'client-key-data', 'token', 'username', 'password'];

/**
 * How the API server of a hosted cluster is reached: its administrator's kubeconfig, out of its Secret. `undefined` where there is none.
 * The kubeconfig comes from another cluster and is not trusted: only addresses and credentials that are in it are used.
 *
 * @throws `kube.*`
 */
export async function hostedConnection(
  api: Pick<KubeApi, 'get'>,
  { key: { namespace, name }, kubeconfigSecret }: HostedCluster,
  signal: AbortSignal,
): Promise<ClusterConnection | undefined> {
  const key = { namespace, name: kubeconfigSecret ?? `${name}-admin-kubeconfig` };
  const secret = await api.get(secretType, key, { signal });
  const encoded = textAt(fieldsAt(secret, 'data'), 'kubeconfig');
  const text = encoded === undefined ? undefined : plainKubeconfig(Buffer.from(encoded, 'base64').toString());
  return text === undefined ? undefined : loaded(text);
}

/** The kubeconfig with nothing but what {@link ofCluster} and {@link ofUser} name; `undefined` for what is none. */
export function plainKubeconfig(text: string): string | undefined {
  const document = parsed(text);
  if (document === undefined) return undefined;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': textAt(document, 'current-context') ?? '',
    contexts: listAt(document, 'contexts').map(each =>
      named(each, 'context', ['cluster', 'user', 'namespace']),
    ),
    clusters: listAt(document, 'clusters').map(each => named(each, 'cluster', ofCluster)),
    users: listAt(document, 'users').map(each => named(each, 'user', ofUser)),
  });
}

function parsed(text: string): Fields | undefined {
  try {
    const document: unknown = parse(text, { maxAliasCount: 0, prettyErrors: false });
    return isFields(document) ? document : undefined;
  } catch {
    return undefined; // its message would show lines of the file
  }
}

function named(entry: unknown, part: string, kept: readonly string[]): Fields {
  const found = kept.flatMap(field => {
    const value = textAt(entry, part, field);
    return value === undefined ? [] : [[field, value] as const];
  });
  return { name: textAt(entry, 'name') ?? '', [part]: Object.fromEntries(found) };
}

/** Kubeconfigs are read from files; this one is there for a moment, and for its owner only. `undefined` where it is of no use. */
async function loaded(text: string): Promise<ClusterConnection | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'hozon-hosted-'));
  try {
    const kubeconfig = join(directory, 'kubeconfig');
    await writeFile(kubeconfig, text, { mode: 0o600, flag: 'wx' });
    return await loadKubeconfig({ kubeconfig, interactive: false, env: {} });
  } catch (thrown) {
    if (isHozonError(thrown)) return undefined;
    throw thrown;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
