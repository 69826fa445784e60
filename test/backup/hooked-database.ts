import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import type { BackupResourceHook } from '#api/velero/hooks.ts';
import { createRunReport, type RunReport } from '#archive/runs/run-report.ts';
import { betweenHooks } from '#backup/hooks/between.ts';
import { type HookCounts, newHookCounts } from '#backup/hooks/hook.ts';
import { hooksFor } from '#backup/hooks/resolve.ts';
import { compileHooks } from '#backup/hooks/rules.ts';
import { systemClock } from '#foundation/clock.ts';
import type { ExecResult, KubeApi } from '#kube/api.ts';
import type { KubeClient } from '#kube/client/client.ts';
import type { KubeObject } from '#kube/objects.ts';
import { podType } from '#kube/pods/pods.ts';
import { busyboxImage } from '#testbed/cluster/images.ts';
import { estateObjects } from '#testbed/estate/deploy.ts';
import { estateImageRequests, estateImages } from '#testbed/estate/images.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';
import { clientOf, sharedCluster, type TestNamespace, uniqueNamespace } from '#testbed/shared.ts';
import { until } from '../estate/until.ts';

/** The database's pod. */
export const database = 'orders-db-0';

export interface Play {
  /** In place of the pod's annotations. */
  readonly spec?: Pick<BackupResourceHook, 'pre' | 'post'>;
  readonly signal?: AbortSignal;
  readonly graceMs?: number;
  readonly work?: () => Promise<void>;
  /** Told of each line of the log as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface Played {
  readonly stored: readonly string[];
  readonly report: RunReport;
  readonly counts: HookCounts;
  readonly thrown: unknown;
}

/** The estate's database alone, running in a namespace of its own while the tests of the file that calls this run. */
export function hookedDatabase(): () => HookedDatabase {
  let up: HookedDatabase | undefined;
  before(async () => {
    const cluster = await sharedCluster();
    const client = await clientOf(cluster);
    up = new HookedDatabase(client, await uniqueNamespace(client, 'hooks'));
    await cluster.importImages(await estateImageRequests('myproject'));
    await up.deploy();
  });
  after(() => up?.remove());
  return () => {
    if (up === undefined) throw new Error('the database is not up yet');
    return up;
  };
}

export class HookedDatabase {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly #namespace: TestNamespace;

  constructor(client: KubeClient, namespace: TestNamespace) {
    this.client = client;
    this.#namespace = namespace;
    this.namespace = namespace.name;
  }

  async deploy(): Promise<void> {
    const image = JSON.stringify((await estateImages()).orders.reference);
    const { preferred } = await this.client.discover();
    for (const object of await this.#objects()) {
      const type = preferred.find(each => each.kind === object.kind);
      assert.ok(type, object.kind);
      const text = JSON.stringify(object).replaceAll('"image":"orders"', `"image":${image}`);
      await this.client.create(type, JSON.parse(text) as KubeObject);
    }
    const sets = await typeNamed(this.client, 'statefulsets.apps');
    const key = { namespace: this.namespace, name: 'orders-db' };
    await until(this.client, sets, key, set => JSON.stringify(set['status']).includes('"readyReplicas":1'));
  }

  /** The name of the ClusterRole that the database's account is bound to, and of that binding. */
  get clusterRole(): string {
    return `${this.namespace}-namespace-viewer`;
  }

  async #objects(): Promise<KubeObject[]> {
    const objects = await estateObjects({ web: 'myproject', orders: this.namespace });
    const names = ['orders-db', 'orders-signing', this.clusterRole];
    return objects.filter(each => names.includes(each.metadata.name));
  }

  async remove(): Promise<void> {
    for (const kind of ['clusterrolebindings', 'clusterroles']) {
      const type = await typeNamed(this.client, `${kind}.rbac.authorization.k8s.io`);
      await this.client.delete(type, { name: this.clusterRole });
    }
    await this.#namespace[Symbol.asyncDispose]();
    await this.client.close();
  }

  async pod(name = database): Promise<KubeObject> {
    const pod = await this.client.get(podType, { namespace: this.namespace, name });
    assert.ok(pod, name);
    return pod;
  }

  run(...command: string[]): Promise<ExecResult> {
    const pod = { namespace: this.namespace, name: database };
    return this.client.exec(pod, { container: 'orders-db', command });
  }

  /** What has happened to the database, in order. */
  async history(): Promise<string[]> {
    return (await this.run('cat', '/var/lib/orders/history.log')).stdout.trimEnd().split('\n');
  }

  /** A pod of one container `main`. */
  createPod(name: string, command: string[], labels: Record<string, string> = {}): Promise<KubeObject> {
    const container = { name: 'main', image: busyboxImage, imagePullPolicy: 'Never', command };
    return this.client.create(podType, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: this.namespace, labels },
      spec: { containers: [container], restartPolicy: 'Never', terminationGracePeriodSeconds: 0 },
    });
  }

  /** Runs a pod's hooks around `work`. */
  async play(pod: KubeObject, { spec, work, onLine, ...options }: Play = {}): Promise<Played> {
    const specs = spec === undefined ? [] : [{ name: 'test', includedNamespaces: [this.namespace], ...spec }];
    const { rules, problems } = compileHooks(specs, await this.client.discover());
    assert.deepEqual(problems, []);
    const { annotations: _, ...metadata } = pod.metadata;
    const asked = spec === undefined ? pod : { ...pod, metadata };
    const report = createRunReport(systemClock);
    const counts = newHookCounts();
    const stored: string[] = [];
    let thrown: unknown;
    try {
      const hookOptions = { ...options, api: this.client, report: overheard(report, onLine), counts };
      await betweenHooks([{ pod: asked, hooks: hooksFor(asked, rules) }], hookOptions, async ready => {
        stored.push(...[...ready].map(each => each.metadata.name));
        await work?.();
      });
    } catch (caught) {
      thrown = caught;
    }
    return { stored, report, counts, thrown };
  }
}

/** The report, of whose log lines somebody is told as they come. */
function overheard(report: RunReport, onLine: ((line: string) => void) | undefined): RunReport {
  return having(report, {
    info: (...line) => {
      report.info(...line);
      onLine?.(line[0]);
    },
  });
}

/** The cluster, of whose commands' output somebody is told as it comes. */
export function overhearing(api: KubeApi, onOutput: (text: string) => void): KubeApi {
  return having(api, {
    exec: (pod, options) =>
      api.exec(pod, {
        ...options,
        stdout: chunk => {
          onOutput(Buffer.from(chunk).toString());
          return options.stdout?.(chunk);
        },
      }),
  });
}

/** The object with other methods in place of some of its own. */
function having<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get(_, property) {
      if (Object.hasOwn(methods, property)) return Reflect.get(methods, property);
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
