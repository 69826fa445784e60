import type { KubeApi } from '#kube/api.ts';
import { connect } from '#kube/client/client.ts';
import type { Env } from '../context.ts';
import type { GlobalValues } from '../global-flags.ts';

/** A client of the cluster that `--kubeconfig` and `--context` name, else the environment; closed by `defer`. */
export async function connectCluster(
  globals: Pick<GlobalValues, 'kubeconfig' | 'context'>,
  env: Env,
  defer: (close: () => Promise<void>) => void,
): Promise<KubeApi> {
  const client = await connect({
    kubeconfig: globals.kubeconfig,
    context: globals.context,
    env,
    home: env['HOME'],
  });
  defer(async () => client[Symbol.asyncDispose]());
  return client;
}
