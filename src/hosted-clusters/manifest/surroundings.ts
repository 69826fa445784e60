import type { KubeApi, RequestOptions } from '#kube/api.ts';
import { etcdInitsIn, judgeEtcdInit } from './etcd-init.ts';
import type { RestoreFinding } from './finding.ts';
import { secretIn, secretsNamedBy } from './key-secret.ts';
import { findLeftovers } from './leftovers.ts';
import type { PreparedRestore } from './prepare.ts';

/**
 * What stands in the way of a restore on this management cluster; without one (`undefined`), what cannot be known.
 *
 * @throws `hosted-cluster.no-hypershift`, what the API server answers
 */
export async function findObstacles(
  api: Pick<KubeApi, 'discover' | 'get' | 'list' | 'server'> | undefined,
  { cluster, manifest, keys }: Pick<PreparedRestore, 'cluster' | 'manifest' | 'keys'>,
  options: RequestOptions = {},
): Promise<RestoreFinding[]> {
  if (api === undefined) return judgeEtcdInit(cluster, []);
  const missing = secretsNamedBy(cluster).filter(name => secretIn(manifest, cluster, name) === undefined);
  return [
    ...(await findLeftovers(api, cluster, { keys, missing }, options)),
    ...judgeEtcdInit(cluster, await etcdInitsIn(api, options)),
  ];
}
