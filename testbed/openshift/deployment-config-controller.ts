import { isDeepStrictEqual } from 'node:util';
import { type Clock, systemClock } from '#foundation/clock.ts';
import type { KubeApi } from '#kube/api.ts';
import { type KubeObject, keyOf, type ObjectKey, type ResourceType } from '#kube/objects.ts';
import {
  applyImageTriggers,
  type DeploymentConfig,
  followedTags,
  type ImageLookup,
  isComplete,
  latestVersion,
  marks,
  ownerReference,
  type ReplicationController,
  replicationControllerFor,
  statusOf,
  type TriggerResult,
  versionOf,
  wantedReplicas,
  wantedVersion,
} from './deployment-config.ts';
import { currentImage } from './image-stream.ts';
import { typeNamed } from './kinds.ts';
import { type StandIn, type StandInOptions, startReconciler } from './reconciler.ts';

export interface DeploymentConfigControllerOptions extends StandInOptions {
  readonly clock?: Clock;
}

/**
 * Plays OpenShift's DeploymentConfig controllers: rolls out a ReplicationController `<config>-<version>` when a
 * ConfigChange or ImageChange trigger asks for it, scales it as the DeploymentConfig says, retires its
 * predecessors and reports the status. The real kube-controller-manager runs the ReplicationControllers. There
 * are no deployer pods, no lifecycle hooks and no test deployments.
 */
export async function startDeploymentConfigController(
  client: KubeApi,
  options: DeploymentConfigControllerOptions = {},
): Promise<StandIn> {
  const types = await neededTypes(client, options.signal);
  const clock = options.clock ?? systemClock;
  return startReconciler(client, {
    ...options,
    sources: [
      { type: types.configs, keys: object => [keyOf(object)] },
      { type: types.controllers, labelSelector: marks.config, keys: configOfController },
      { type: types.streams, keys: stream => followersOf(client, types.configs, stream) },
    ],
    reconcile: (key, signal) => new Rollout(client, types, { clock, signal }).reconcile(key),
  });
}

interface Types {
  readonly configs: ResourceType;
  readonly controllers: ResourceType;
  readonly streams: ResourceType;
}

async function neededTypes(client: KubeApi, signal: AbortSignal | undefined): Promise<Types> {
  return {
    configs: await typeNamed(client, 'deploymentconfigs.apps.openshift.io', signal),
    controllers: await typeNamed(client, 'replicationcontrollers', signal),
    streams: await typeNamed(client, 'imagestreams.image.openshift.io', signal),
  };
}

function configOfController({ metadata }: KubeObject): ObjectKey[] {
  const name = metadata.labels?.[marks.config];
  return name === undefined ? [] : [{ namespace: metadata.namespace, name }];
}

async function followersOf(client: KubeApi, configs: ResourceType, stream: KubeObject): Promise<ObjectKey[]> {
  const { namespace, name } = stream.metadata;
  const keys: ObjectKey[] = [];
  for await (const config of client.list(configs))
    for (const tag of followedTags(config as DeploymentConfig))
      if (tag.namespace === namespace && tag.name.startsWith(`${name}:`)) keys.push(keyOf(config));
  return keys;
}

/** One pass over one DeploymentConfig. Order matters: what a crash between two writes leaves is completed by the next pass. */
class Rollout {
  readonly #client: KubeApi;
  readonly #types: Types;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;

  constructor(client: KubeApi, types: Types, { clock, signal }: { clock: Clock; signal: AbortSignal }) {
    this.#client = client;
    this.#types = types;
    this.#clock = clock;
    this.#signal = signal;
  }

  async reconcile(key: ObjectKey): Promise<void> {
    const signal = this.#signal;
    const config = (await this.#client.get(this.#types.configs, key, { signal })) as
      | DeploymentConfig
      | undefined;
    if (config === undefined || config.metadata.deletionTimestamp !== undefined) return;
    let controllers = await this.#controllersOf(config);
    const triggered = applyImageTriggers(config, await this.#imagesFor(config));
    const current = config.spec.paused === true ? config : await this.#advance(triggered, controllers);
    controllers = await this.#controllersOf(config);
    await this.#scale(current, controllers);
    await this.#retire(current, controllers);
    await this.#report(current, controllers);
  }

  /** The status is raised first, so that a version once decided on is rolled out even if this pass dies. */
  async #advance(
    triggered: TriggerResult,
    controllers: readonly ReplicationController[],
  ): Promise<DeploymentConfig> {
    const wanted = wantedVersion(triggered, controllers);
    let config = triggered.config;
    if (wanted > (config.status?.latestVersion ?? 0)) {
      const raised = await this.#patch(config, { status: { latestVersion: wanted } }, 'status');
      config = { ...raised, spec: config.spec };
    }
    if (triggered.changed.length > 0) {
      const { triggers, template } = config.spec;
      config = await this.#patch(config, { spec: { triggers, template } });
    }
    const missing = wanted > 0 && !controllers.some(each => versionOf(each) === wanted);
    if (missing && triggered.resolved) {
      const reason = triggered.changed.length > 0 ? 'image change' : 'config change';
      const controller = replicationControllerFor(config, wanted, reason);
      await this.#client.create(this.#types.controllers, controller, { signal: this.#signal });
    }
    return config;
  }

  async #imagesFor(config: DeploymentConfig): Promise<ImageLookup> {
    const images = new Map<string, string | undefined>();
    for (const { namespace, name } of followedTags(config)) {
      const [stream = '', tag = 'latest'] = name.split(':');
      const found = await this.#client.get(
        this.#types.streams,
        { namespace, name: stream },
        { signal: this.#signal },
      );
      images.set(`${namespace}/${name}`, found && currentImage(found, tag));
    }
    return (namespace, name) => images.get(`${namespace}/${name}`);
  }

  /** The controllers of a DeploymentConfig, those without an owner (restored ones) adopted. */
  async #controllersOf(config: DeploymentConfig): Promise<ReplicationController[]> {
    const { namespace, name, uid } = config.metadata;
    const own: ReplicationController[] = [];
    const listed = this.#client.list(this.#types.controllers, {
      namespace,
      labelSelector: `${marks.config}=${name}`,
      signal: this.#signal,
    });
    for await (const controller of listed) {
      const owner = controller.metadata.ownerReferences?.find(each => each.controller === true);
      if (controller.metadata.deletionTimestamp !== undefined) continue;
      if (owner === undefined) own.push(await this.#adopt(config, controller));
      else if (owner.uid === uid) own.push(controller as ReplicationController);
    }
    return own;
  }

  async #adopt(config: DeploymentConfig, controller: KubeObject): Promise<ReplicationController> {
    const ownerReferences = [...(controller.metadata.ownerReferences ?? []), ownerReference(config)];
    return this.#patchController(controller as ReplicationController, { metadata: { ownerReferences } });
  }

  async #scale(config: DeploymentConfig, controllers: ReplicationController[]): Promise<void> {
    const latest = latestVersion(config, controllers);
    const active = controllers.find(each => versionOf(each) === latest);
    for (const [index, controller] of controllers.entries()) {
      const replicas = wantedReplicas(config, controller, active);
      const phase = controller === active && isComplete(controller) ? 'Complete' : undefined;
      const now = controller.metadata.annotations?.[marks.phase];
      const change: Record<string, unknown> = {};
      if (replicas !== controller.spec.replicas) change['spec'] = { replicas };
      if (phase !== undefined && phase !== now)
        change['metadata'] = { annotations: { [marks.phase]: phase } };
      if (Object.keys(change).length > 0)
        controllers[index] = await this.#patchController(controller, change);
    }
  }

  async #retire(config: DeploymentConfig, controllers: readonly ReplicationController[]): Promise<void> {
    const latest = latestVersion(config, controllers);
    const old = controllers
      .filter(each => versionOf(each) !== latest && (each.status?.replicas ?? 0) === 0)
      .sort((a, b) => versionOf(b) - versionOf(a));
    for (const controller of old.slice(config.spec.revisionHistoryLimit ?? 10))
      await this.#client.delete(this.#types.controllers, keyOf(controller), {
        propagation: 'Background',
        signal: this.#signal,
      });
  }

  async #report(config: DeploymentConfig, controllers: readonly ReplicationController[]): Promise<void> {
    const status = { ...config.status, ...statusOf(config, controllers, this.#clock.now()) };
    if (!isDeepStrictEqual(status, config.status)) await this.#patch(config, { status }, 'status');
  }

  /** Refused by the server if the DeploymentConfig has changed since it was read; the next pass sees the change. */
  async #patch(
    config: DeploymentConfig,
    change: Record<string, unknown>,
    subresource?: 'status',
  ): Promise<DeploymentConfig> {
    const { resourceVersion } = config.metadata;
    const body = { ...change, metadata: { resourceVersion } };
    const options = { subresource, signal: this.#signal };
    return (await this.#client.patch(
      this.#types.configs,
      keyOf(config),
      { type: 'merge', body },
      options,
    )) as DeploymentConfig;
  }

  async #patchController(
    controller: ReplicationController,
    body: Record<string, unknown>,
  ): Promise<ReplicationController> {
    return (await this.#client.patch(
      this.#types.controllers,
      keyOf(controller),
      { type: 'merge', body },
      { signal: this.#signal },
    )) as ReplicationController;
  }
}
