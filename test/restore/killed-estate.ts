import { setTimeout as delay } from 'node:timers/promises';
import type { KubeClient } from '#kube/client/client.ts';
import { listAt, textAt } from '#kube/fields.ts';
import { groupResource, type KubeObject, keyOf, type ObjectKey } from '#kube/objects.ts';
import { liveReader } from '#kube/resource-reader.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';
import { uniqueName } from '#testbed/shared.ts';
import { configMap, definition, service } from './objects.ts';

/**
 * What is backed up and restored in the tests of killed restores: objects of many kinds in one namespace, among them
 * some that controllers make or change as well, and the cluster-scoped ones that go with them.
 */
export class KilledEstate {
  readonly namespace: string;
  readonly #client: KubeClient;
  readonly #group = `${uniqueName('killed')}.hozon.dev`;
  readonly #name = uniqueName('killed');

  constructor(client: KubeClient, namespace: string) {
    this.#client = client;
    this.namespace = namespace;
  }

  /** Makes it, and resolves when what controllers do with it is done. */
  async create(): Promise<void> {
    const { namespace } = this;
    const metadata = { labels: { team: 'shop' }, annotations: { 'example.org/owner': 'shop' } };
    await this.#patch('namespaces', { name: namespace }, { metadata });
    await this.#make('customresourcedefinitions.apiextensions.k8s.io', this.#definition());
    for (const object of this.#clusterScoped()) await this.#make(resourceOf(object), object);
    for (const object of this.#namespaced()) await this.#make(resourceOf(object), object);
    await this.#make(`widgets.${this.#group}`, {
      apiVersion: `${this.#group}/v1`,
      kind: 'Widget',
      metadata: { name: 'first', namespace },
      spec: { colour: 'blue' },
    });
    await this.#mergeDefaultAccount();
    await this.settled(namespace);
  }

  /** Until controllers have bound its claim and seen its deployment. */
  async settled(namespace: string): Promise<void> {
    await this.#until(async () => {
      const claim = await this.#read('persistentvolumeclaims', { namespace, name: 'data' });
      const deployment = await this.#read('deployments.apps', { namespace, name: 'web' });
      const quota = await this.#read('resourcequotas', { namespace, name: 'limits' });
      return (
        textAt(claim, 'status', 'phase') === 'Bound' &&
        listAt(deployment, 'status', 'conditions').length > 0 &&
        textAt(quota, 'status', 'used', 'pods') === '1'
      );
    });
  }

  /** Removes what a restore into the namespace would meet outside of it, and begins to remove the namespace. */
  async remove(namespace: string, { keepNamespace = false } = {}): Promise<void> {
    await this.#delete('persistentvolumeclaims', { namespace, name: 'data' });
    await this.#delete('persistentvolumes', { name: this.#name });
    for (const object of [...this.#clusterScoped(), this.#definition()]) {
      await this.#delete(resourceOf(object), keyOf(object));
    }
    if (!keepNamespace) await this.#delete('namespaces', { name: namespace }, false);
  }

  /**
   * Everything that is in the namespace and that belongs to it, as text that is equal for equal states: without the
   * identities, times and counters that a server gives out, with the namespace and the restore under fixed names.
   */
  async state(namespace: string): Promise<Record<string, string>> {
    const client = this.#client;
    const state: Record<string, string> = {};
    const note = (resource: string, object: KubeObject): void => {
      const text = JSON.stringify(plain(object), undefined, 1).replaceAll(namespace, 'NAMESPACE');
      state[`${resource} ${object.metadata.name}`] = text.replaceAll(/kube-api-access-\w{5}/g, 'TOKEN');
    };
    const reader = liveReader(client); // a type may vanish meanwhile
    const types = (await client.discover({ refresh: true })).preferred.filter(
      type => type.namespaced && type.verbs.includes('list') && !passing.has(groupResource(type)),
    );
    await Promise.all(
      types.map(async type => {
        for await (const object of reader.read(type, { namespace })) note(groupResource(type), object);
      }),
    );
    const around: [string, string][] = [
      ['namespaces', namespace],
      ['persistentvolumes', this.#name],
      ...[...this.#clusterScoped(), this.#definition()].map((object): [string, string] => [
        resourceOf(object),
        object.metadata.name,
      ]),
    ];
    for (const [resource, name] of around) {
      const object = await client.get(await typeNamed(client, resource), { name });
      if (object !== undefined) note(resource, object);
    }
    return state;
  }

  #definition(): KubeObject {
    return definition('widgets', 'Widget', this.#group);
  }

  #clusterScoped(): KubeObject[] {
    const name = this.#name;
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
    const subjects = [{ kind: 'ServiceAccount', name: 'app', namespace: this.namespace }];
    return [
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name },
        roleRef,
        subjects,
      },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name },
        spec: {
          accessModes: ['ReadWriteOnce'],
          capacity: { storage: '1Mi' },
          hostPath: { path: `/nowhere/${name}`, type: '' },
          persistentVolumeReclaimPolicy: 'Retain',
          storageClassName: 'by-hand',
        },
      },
    ];
  }

  #namespaced(): KubeObject[] {
    const { namespace } = this;
    const labels = { app: 'web' };
    const container = { name: 'main', image: 'hozon.dev/busybox:1', imagePullPolicy: 'Never' };
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' };
    const rbac = 'rbac.authorization.k8s.io/v1';
    return [
      ...Array.from({ length: 6 }, (_, index) => configMap(namespace, `settings-${index}`, { a: 'b' })),
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'app', namespace } },
      { apiVersion: rbac, kind: 'Role', metadata: { name: 'reader', namespace }, rules: [] },
      {
        apiVersion: rbac,
        kind: 'RoleBinding',
        metadata: { name: 'reader', namespace },
        roleRef,
        subjects: [{ kind: 'ServiceAccount', name: 'app', namespace }],
      },
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'password', namespace },
        data: { password: 'aHVudGVyMg==' },
      },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'data', namespace },
        spec: {
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage: '1Mi' } },
          storageClassName: 'by-hand',
          volumeName: this.#name,
        },
      },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'alone', namespace },
        spec: { serviceAccountName: 'app', containers: [container], nodeSelector: { nowhere: 'yes' } },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web', namespace },
        spec: {
          replicas: 0,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [container] } },
        },
      },
      service(namespace, 'web', { selector: labels, clusterIP: undefined, clusterIPs: undefined }),
      {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'limits', namespace },
        spec: { hard: { pods: '10' } },
      },
    ];
  }

  /** The account that every namespace is given, with something of its own. */
  async #mergeDefaultAccount(): Promise<void> {
    const key = { namespace: this.namespace, name: 'default' };
    const accounts = await typeNamed(this.#client, 'serviceaccounts');
    await this.#until(async () => (await this.#client.get(accounts, key)) !== undefined);
    await this.#patch('serviceaccounts', key, {
      metadata: { labels: { team: 'shop' } },
      imagePullSecrets: [{ name: 'registry' }],
    });
  }

  async #read(resource: string, key: ObjectKey): Promise<KubeObject | undefined> {
    return this.#client.get(await typeNamed(this.#client, resource), key);
  }

  async #make(resource: string, object: KubeObject): Promise<void> {
    await this.#until(
      async () => (await this.#client.discover({ refresh: true })).byName(resource) !== undefined,
    );
    await this.#client.create(await typeNamed(this.#client, resource), object);
  }

  async #patch(resource: string, key: ObjectKey, body: Record<string, unknown>): Promise<void> {
    await this.#client.patch(await typeNamed(this.#client, resource), key, { type: 'merge', body });
  }

  async #delete(resource: string, key: ObjectKey, wait = true): Promise<void> {
    const type = await typeNamed(this.#client, resource);
    await this.#client.delete(type, key);
    if (wait) await this.#until(async () => (await this.#client.get(type, key)) === undefined);
  }

  async #until(done: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; !(await done()); tries++) {
      if (tries > 1800) throw new Error('it does not come to pass');
      await delay(100);
    }
  }
}

/** Events tell what happened; slices are made of a service under names of their own. */
const passing = new Set(['events', 'events.events.k8s.io', 'endpointslices.discovery.k8s.io']);

/** Given out by a server for every object anew, or when something happened. */
const given = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'generation',
  'observedGeneration',
  'managedFields',
  'lastTransitionTime',
  'lastUpdateTime',
  'lastProbeTime',
  'lastPhaseTransitionTime',
  'used', // of a quota: it counts creations that were refused as well, until its controller counts again
  'clusterIP',
  'clusterIPs',
  'velero.io/restore-name',
  'endpoints.kubernetes.io/last-change-trigger-time',
]);

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !given.has(key));
  return sorted(Object.fromEntries(entries.map(([key, field]) => [key, plain(field)])));
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const plurals: Readonly<Record<string, string>> = {
  ClusterRole: 'clusterroles.rbac.authorization.k8s.io',
  ClusterRoleBinding: 'clusterrolebindings.rbac.authorization.k8s.io',
  Role: 'roles.rbac.authorization.k8s.io',
  RoleBinding: 'rolebindings.rbac.authorization.k8s.io',
  Deployment: 'deployments.apps',
  CustomResourceDefinition: 'customresourcedefinitions.apiextensions.k8s.io',
};

function resourceOf({ kind }: KubeObject): string {
  return plurals[kind] ?? `${kind.toLowerCase()}s`;
}
