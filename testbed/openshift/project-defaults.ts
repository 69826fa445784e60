import { randomInt } from 'node:crypto';
import type { KubeApi } from '#kube/api.ts';
import { type KubeObject, keyOf, type ObjectKey, type ResourceType } from '#kube/objects.ts';
import { testbedManager, typeNamed } from './kinds.ts';
import {
  admitRoute,
  defaultRoleBindings,
  dockercfgSecret,
  missingServiceAccounts,
  projectAnnotations,
  rememberRange,
} from './project-rules.ts';
import { type StandIn, type StandInOptions, startReconciler, together } from './reconciler.ts';

export interface ProjectDefaultsOptions extends StandInOptions {
  /** Where generated route hosts lie. */
  readonly domain?: string;
  /** The five characters behind `<account>-dockercfg-`. */
  readonly suffix?: () => string;
}

/**
 * Plays what OpenShift adds to a project by itself: UID range, SELinux level and supplemental groups of the
 * namespace; the service accounts builder and deployer and the role bindings of a project; a dockercfg secret for each service account, referenced
 * from it; a host for each Route without one, and the router's admission.
 */
export async function startProjectDefaults(
  client: KubeApi,
  options: ProjectDefaultsOptions = {},
): Promise<StandIn> {
  const { signal } = options;
  const namespaces = await typeNamed(client, 'namespaces', signal);
  const accounts = await typeNamed(client, 'serviceaccounts', signal);
  const secrets = await typeNamed(client, 'secrets', signal);
  const bindings = await typeNamed(client, 'rolebindings.rbac.authorization.k8s.io', signal);
  const routes = await typeNamed(client, 'routes.route.openshift.io', signal);
  const world: World = { client, namespaces, accounts, secrets, bindings, ranges: new Map() };
  const domain = options.domain ?? 'apps.example.com';
  const own = (type: ResourceType) => [{ type, keys: (object: KubeObject) => [keyOf(object)] }];
  return together(
    startReconciler(client, {
      ...options,
      sources: own(namespaces),
      reconcile: (key, signal) => completeNamespace(world, key, signal),
    }),
    startReconciler(client, {
      ...options,
      sources: own(accounts),
      reconcile: (key, signal) =>
        giveDockercfg(world, key, { signal, suffix: options.suffix ?? randomSuffix }),
    }),
    startReconciler(client, {
      ...options,
      sources: own(routes),
      reconcile: (key, signal) => admit(client, routes, { key, domain, signal }),
    }),
  );
}

interface World {
  readonly client: KubeApi;
  readonly namespaces: ResourceType;
  readonly accounts: ResourceType;
  readonly secrets: ResourceType;
  readonly bindings: ResourceType;
  /** UID ranges given out, so that two projects never share one. */
  readonly ranges: Map<string, string>;
}

async function completeNamespace(world: World, key: ObjectKey, signal: AbortSignal): Promise<void> {
  const { client, namespaces, accounts, bindings, ranges } = world;
  const namespace = await alive(client, namespaces, key, signal);
  if (namespace === undefined) return;
  for await (const other of client.list(namespaces, { signal })) rememberRange(other, ranges);
  const annotations = projectAnnotations(namespace, ranges);
  if (annotations !== undefined) {
    const body = { metadata: { annotations } };
    await client.patch(namespaces, key, { type: 'merge', body }, { signal });
  }
  const given = [
    ...missingServiceAccounts(key.name).map(body => ({ type: accounts, body })),
    ...defaultRoleBindings(key.name).map(body => ({ type: bindings, body })),
  ];
  for (const { type, body } of given) {
    const patch = { type: 'apply', body, force: true } as const;
    await client.patch(type, keyOf(body), patch, { fieldManager: testbedManager, signal });
  }
}

async function giveDockercfg(
  { client, namespaces, accounts, secrets }: World,
  key: ObjectKey,
  { signal, suffix }: { signal: AbortSignal; suffix: () => string },
): Promise<void> {
  const account = await alive(client, accounts, key, signal);
  const namespace = await alive(client, namespaces, { name: key.namespace ?? '' }, signal);
  if (account === undefined || namespace === undefined) return;
  const named = references(account, 'imagePullSecrets').filter(isDockercfgOf(key.name));
  for (const { name } of named) {
    const there = await client.get(secrets, { namespace: key.namespace, name }, { signal });
    if (there?.metadata.annotations?.['kubernetes.io/service-account.uid'] === account.metadata.uid) return;
  }
  const secret = dockercfgSecret(account, suffix());
  await client.create(secrets, secret, { signal });
  const mine = { name: secret.metadata.name };
  const others = (field: ReferenceField) =>
    references(account, field).filter(each => !isDockercfgOf(key.name)(each));
  const body = {
    metadata: { resourceVersion: account.metadata.resourceVersion },
    secrets: [...others('secrets'), mine],
    imagePullSecrets: [...others('imagePullSecrets'), mine],
  };
  await client.patch(accounts, key, { type: 'merge', body }, { signal });
}

type ReferenceField = 'secrets' | 'imagePullSecrets';

function references(account: KubeObject, field: ReferenceField): { name: string }[] {
  return (account[field] ?? []) as { name: string }[];
}

function isDockercfgOf(account: string): (reference: { name: string }) => boolean {
  return ({ name }) => name.startsWith(`${account}-dockercfg-`);
}

async function admit(
  client: KubeApi,
  routes: ResourceType,
  { key, domain, signal }: { key: ObjectKey; domain: string; signal: AbortSignal },
): Promise<void> {
  const route = await alive(client, routes, key, signal);
  if (route === undefined) return;
  const { change, status } = admitRoute(route, domain);
  if (change !== undefined) await client.patch(routes, key, { type: 'merge', body: change }, { signal });
  if (status !== undefined)
    await client.patch(routes, key, { type: 'merge', body: { status } }, { subresource: 'status', signal });
}

/** The object, unless it is gone or going. */
async function alive(
  client: KubeApi,
  type: ResourceType,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  const object = await client.get(type, key, { signal });
  return object?.metadata.deletionTimestamp === undefined ? object : undefined;
}

const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

function randomSuffix(): string {
  return Array.from({ length: 5 }, () => suffixAlphabet[randomInt(suffixAlphabet.length)]).join('');
}
