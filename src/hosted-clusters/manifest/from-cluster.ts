import { stringify } from 'yaml';
import type { KubeApi, RequestOptions } from '#kube/api.ts';
import { type HostedClusterKey, readHostedCluster, readNodePools } from '../hosted-cluster.ts';
import { type ManifestText, readManifestText } from './documents.ts';

/**
 * A HostedCluster and its NodePools as a manifest, as they are.
 *
 * @throws `hosted-cluster.no-hypershift`, `hosted-cluster.not-found`, what the API server answers
 */
export async function manifestOf(
  api: Pick<KubeApi, 'discover' | 'get' | 'list' | 'server'>,
  key: HostedClusterKey,
  options: RequestOptions = {},
): Promise<ManifestText> {
  const { object } = await readHostedCluster(api, key, options);
  const pools = await readNodePools(api, key, options);
  const text = [object, ...pools]
    .map(each => stringify(each, { aliasDuplicateObjects: false, lineWidth: 0 }))
    .join('---\n');
  return readManifestText(text, api.server);
}
