import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listAt, textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { secretType } from '#kube/secret-type.ts';
import { serviceAccounts } from '#testbed/cluster/types.ts';
import { startApiServerFaults } from '#testbed/faults/targets.ts';
import { parseObjects, typeNamed } from '#testbed/openshift/kinds.ts';
import { sharedCluster, uniqueName } from '#testbed/shared.ts';
import type { HostedScene } from './hosted-scene.ts';

const guide = join(import.meta.dirname, '../../docs/guides/hosted-clusters.md');

/** Where a role is bound: the namespace of the HostedClusters, that of west's control plane, or the whole cluster. */
type Where = 'clusters' | 'plane' | 'everywhere';

const placesOf: Readonly<Record<string, Where>> = {
  'hozon-hosted-clusters': 'clusters',
  'hozon-control-planes': 'plane',
  'hozon-hosted-surroundings': 'everywhere',
};

/** One thing that somebody may do: `clusters: get configmaps`, `plane: patch apps/deployments/scale`. */
export type Right = string;

/** Somebody with certain roles and nothing else, and what was asked in their name. */
export interface LimitedUser extends AsyncDisposable {
  readonly kubeconfig: string;
  /** What was asked for; what everybody may ask is left out. */
  asked(): ReadonlySet<Right>;
}

/** The roles of the guide, without a resource where one is named. */
export async function rolesOfGuide(without?: string): Promise<readonly KubeObject[]> {
  const blocks = (await readFile(guide, 'utf8')).matchAll(/^```yaml\n(.*?)^```$/gms);
  const roles = [...blocks]
    .flatMap(([, text = '']) => parseObjects(text))
    .filter(({ kind }) => kind === 'ClusterRole');
  return roles.map(role => ({ ...role, rules: listAt(role, 'rules').map(rule => lessOf(rule, without)) }));
}

function lessOf(rule: unknown, without: string | undefined): object {
  const resources = listAt(rule, 'resources').filter(each => each !== without);
  return resources.length === 0
    ? { apiGroups: [''], resources: ['none'], verbs: ['get'] }
    : { ...(rule as object), resources };
}

/** Everything that roles allow. */
export function rightsOf(roles: readonly KubeObject[]): Right[] {
  return roles.flatMap(role =>
    listAt(role, 'rules').flatMap(rule =>
      listAt(rule, 'resources').flatMap(resource =>
        listAt(rule, 'verbs').map(verb => {
          const named = [...listAt(rule, 'apiGroups'), resource].filter(each => each !== '');
          return rightOf(whereOf(role), String(verb), named.join('/'));
        }),
      ),
    ),
  );
}

function whereOf({ metadata: { name } }: KubeObject): Where {
  const place = placesOf[name];
  if (place === undefined) throw new Error(`nothing says where ${name} is to be bound`);
  return place;
}

function rightOf(where: Where, verb: string, resource: string): Right {
  return `${where}: ${verb} ${resource}`;
}

/** What was asked that none of the rights allows. */
export function unallowed(asked: ReadonlySet<Right>, rights: readonly Right[]): Right[] {
  return [...asked].filter(each => !rights.some(right => allows(right, each)));
}

/** Rights that nothing asked for. */
export function idle(rights: readonly Right[], asked: ReadonlySet<Right>): Right[] {
  return rights.filter(right => ![...asked].some(each => allows(right, each)));
}

function allows(right: Right, asked: Right): boolean {
  return right === asked || right === asked.replace(/^\w+:/, 'everywhere:');
}

/** A service account with these roles, whose requests go through a proxy that remembers them. */
export async function limitedUser(scene: HostedScene, roles: readonly KubeObject[]): Promise<LimitedUser> {
  const { client, hosted, root } = scene;
  const { namespace } = hosted;
  const name = uniqueName('limited');
  await client.create(serviceAccounts, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { namespace, name },
  });
  await using bound = new AsyncDisposableStack();
  await bind(scene, name, roles, bound);
  const { proxy, kubeconfig } = await startApiServerFaults(await sharedCluster('full'));
  const own = JSON.parse(await readFile(kubeconfig, 'utf8')) as { users: { user: object }[] };
  const [user] = own.users;
  if (user !== undefined) user.user = { token: await tokenOf(scene, name) };
  const path = join(root, `${name}.kubeconfig`);
  await writeFile(path, JSON.stringify(own), { mode: 0o600 });
  bound.defer(() => proxy.stop());
  const parts = bound.move();
  return {
    kubeconfig: path,
    asked: () => new Set(proxy.seen.flatMap(({ method, path }) => askedFor(namespace, method, path))),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** What is not in a namespace of the scene's is taken away with `bound`. */
async function bind(
  { client, hosted: { namespace } }: HostedScene,
  name: string,
  roles: readonly KubeObject[],
  bound: AsyncDisposableStack,
): Promise<void> {
  const kind = (plural: string) => typeNamed(client, `${plural}.rbac.authorization.k8s.io`);
  const create = async (plural: string, object: KubeObject): Promise<void> => {
    const type = await kind(plural);
    await client.create(type, object);
    const { namespace, name } = object.metadata;
    if (namespace === undefined) bound.defer(async () => void (await client.delete(type, { name })));
  };
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  for (const role of roles) {
    const own = `${name}-${role.metadata.name}`;
    await create('clusterroles', { ...role, metadata: { name: own } });
    const binding = {
      apiVersion,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: own },
      subjects: [{ kind: 'ServiceAccount', namespace, name }],
    };
    const where = whereOf(role);
    if (where === 'everywhere') {
      const metadata = { name: own };
      await create('clusterrolebindings', { ...binding, kind: 'ClusterRoleBinding', metadata });
    } else {
      const metadata = { namespace: where === 'plane' ? `${namespace}-west` : namespace, name: own };
      await create('rolebindings', { ...binding, kind: 'RoleBinding', metadata });
    }
  }
}

async function tokenOf({ client, hosted: { namespace } }: HostedScene, account: string): Promise<string> {
  const metadata = {
    namespace,
    name: `${account}-token`,
    annotations: { 'kubernetes.io/service-account.name': account },
  };
  await client.create(secretType, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    type: 'kubernetes.io/service-account-token',
  });
  const where = {
    namespace,
    fieldSelector: `metadata.name=${metadata.name}`,
    signal: AbortSignal.timeout(300_000),
  };
  for await (const event of client.watch(secretType, where)) {
    const token = event.type === 'BOOKMARK' ? undefined : textAt(event.object, 'data', 'token');
    if (token !== undefined) return Buffer.from(token, 'base64').toString();
  }
  throw new Error(`${account} has got no token`);
}

const verbs: Readonly<Record<string, string>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** As the API server reads a request; nothing for what is no object. */
function askedFor(clusters: string, method: string, path: string): Right[] {
  const { pathname } = new URL(path, 'http://server');
  const [, core, group, rest] = /^\/(?:(api)|apis\/([^/]+))\/v[^/]+\/(.+)$/.exec(pathname) ?? [];
  if (rest === undefined) return [];
  const [, namespace, below = rest] = /^namespaces\/([^/]+)\/(.+)$/.exec(rest) ?? [];
  const [resource = '', name, sub] = below.split('/');
  const verb = verbs[method] ?? (name === undefined ? 'list' : 'get');
  const whole = [core === undefined ? group : undefined, resource, sub]
    .filter(each => each !== undefined)
    .join('/');
  const where =
    namespace === clusters ? 'clusters' : namespace === `${clusters}-west` ? 'plane' : 'everywhere';
  return [rightOf(where, verb, whole)];
}
