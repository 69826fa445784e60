import { delimiter, join } from 'node:path';
import { readKubeconfigs } from '#kube/kubeconfig/kubeconfig-file.ts';
import type { Env } from '../context.ts';

/** The names of the contexts in the kubeconfig that would be used. */
export async function kubeconfigContexts(kubeconfig: string | undefined, env: Env): Promise<string[]> {
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter(file => file !== '');
  const usual = listed.length > 0 ? listed : [join(env['HOME'] ?? '', '.kube', 'config')];
  const files = kubeconfig === undefined ? usual : [kubeconfig];
  const found = await readKubeconfigs(files, { required: false });
  return [...(found?.contexts.keys() ?? [])];
}
