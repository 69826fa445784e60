import type { KubeApi } from '#kube/api.ts';
import { startDeploymentConfigController } from './deployment-config-controller.ts';
import { startImageStreamController } from './image-stream-controller.ts';
import { installOpenShiftKinds } from './kinds.ts';
import { type ProjectDefaultsOptions, startProjectDefaults } from './project-defaults.ts';
import { type StandIn, together } from './reconciler.ts';

/**
 * Makes a cluster look like OpenShift: installs its kinds and starts every stand-in for its controllers. The kinds
 * stay when it is disposed.
 */
export async function startOpenShift(
  client: KubeApi,
  options: ProjectDefaultsOptions = {},
): Promise<StandIn> {
  await installOpenShiftKinds(client, options);
  return together(
    await startImageStreamController(client, options),
    await startDeploymentConfigController(client, options),
    await startProjectDefaults(client, options),
  );
}
