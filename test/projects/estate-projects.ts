import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect, type KubeClient } from '#kube/client/client.ts';
import { textAt } from '#kube/fields.ts';
import { groupResource, type KubeObject } from '#kube/objects.ts';
import { type ExportResult, exportProject } from '#projects/export.ts';
import { chooseTypes } from '#projects/types.ts';
import { type OwnCluster, startCluster } from '#testbed/cluster/cluster.ts';
import { deployEstate } from '#testbed/estate/deploy.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';
import type { StandIn } from '#testbed/openshift/reconciler.ts';
import { startOpenShift } from '#testbed/openshift/stand-ins.ts';
import { until } from '../estate/until.ts';

const run = promisify(execFile);

/** The project of DeploymentConfigs that the suites export. */
export const web = 'projects-web';
/** The project of the database. */
export const orders = 'projects-orders';

/** The sample estate on a real API server that looks like OpenShift, and a directory for exports. */
export class EstateProjects implements AsyncDisposable {
  readonly cluster: OwnCluster;
  readonly client: KubeClient;
  /** Where exports go; removed with everything else. */
  readonly root: string;
  readonly #standIns: StandIn;

  private constructor(cluster: OwnCluster, client: KubeClient, standIns: StandIn, root: string) {
    this.cluster = cluster;
    this.client = client;
    this.#standIns = standIns;
    this.root = root;
  }

  static async start(): Promise<EstateProjects> {
    const cluster = await startCluster({ mode: 'light' });
    const client = await connect({ kubeconfig: cluster.kubeconfig });
    const standIns = await startOpenShift(client, { covers: name => name.startsWith('projects-') });
    const root = await mkdtemp(join(tmpdir(), 'hozon-projects-'));
    const estate = new EstateProjects(cluster, client, standIns, root);
    await deployEstate(client, { namespaces: { web, orders }, wait: false });
    await estate.settled(web);
    return estate;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#standIns.stop();
    await this.client.close();
    await this.cluster.stop();
    await rm(this.root, { recursive: true, force: true });
  }

  /** Until the stand-ins have rolled out ruby-ex, admitted the routes and finished the accounts. */
  async settled(namespace: string): Promise<void> {
    const rolledOut = (object: KubeObject): boolean => JSON.stringify(object['spec']).includes('@sha256:');
    const configs = await typeNamed(this.client, 'deploymentconfigs.apps.openshift.io');
    for (const name of ['ruby-ex', 'guestbook', 'hello-openshift'])
      await until(this.client, configs, { namespace, name }, rolledOut);
    const routes = await typeNamed(this.client, 'routes.route.openshift.io');
    await until(
      this.client,
      routes,
      { namespace, name: 'ruby-ex' },
      route => textAt(route, 'spec', 'host') !== undefined,
    );
    const accounts = await typeNamed(this.client, 'serviceaccounts');
    for (const name of ['default', 'builder', 'deployer', 'guestbook']) {
      await until(this.client, accounts, { namespace, name }, account => 'imagePullSecrets' in account);
    }
    const endpoints = await typeNamed(this.client, 'endpoints');
    await until(this.client, endpoints, { namespace, name: 'ruby-ex' }, () => true);
    const pods = await typeNamed(this.client, 'pods');
    const waiting = new Set(['ruby-ex-1-', 'guestbook-1-', 'hello-openshift-1-']);
    for await (const event of this.client.watch(pods, { namespace, signal: AbortSignal.timeout(180_000) })) {
      if (event.type !== 'ADDED') continue;
      for (const prefix of waiting) if (event.object.metadata.name.startsWith(prefix)) waiting.delete(prefix);
      if (waiting.size === 0) return;
    }
  }

  /** Every namespaced object, by `resource.group/name`. */
  async objectsIn(namespace: string): Promise<Map<string, KubeObject>> {
    const found = new Map<string, KubeObject>();
    for (const type of chooseTypes(await this.client.discover({ refresh: true })).types) {
      for await (const object of this.client.list(type, { namespace }))
        found.set(`${groupResource(type)}/${object.metadata.name}`, object);
    }
    return found;
  }

  kubectl(...args: string[]): Promise<{ stdout: string }> {
    const env = { ...process.env, KUBECONFIG: this.cluster.kubeconfig };
    return run(this.cluster.kubectl, args, { env, maxBuffer: 64 * 1024 * 1024 });
  }

  exported(namespace: string, name: string): Promise<ExportResult> {
    return exportProject(this.client, namespace, { directory: join(this.root, name), overwrite: true });
  }
}
