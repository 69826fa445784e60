import { readdir, readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import { systemClock } from '#foundation/clock.ts';
import type { KubeApi } from '#kube/api.ts';
import type { KubeObject, ResourceType } from '#kube/objects.ts';

const crdDirectory = new URL('crds/', import.meta.url);

/** The server-side apply manager of everything that the testbed applies. */
export const testbedManager = 'hozon-testbed';

/** The CustomResourceDefinitions of the OpenShift kinds, as they lie in `crds/`. */
export async function openShiftDefinitions(): Promise<KubeObject[]> {
  const files = (await readdir(crdDirectory)).filter(name => name.endsWith('.yaml')).sort();
  const texts = await Promise.all(files.map(name => readFile(new URL(name, crdDirectory), 'utf8')));
  return texts.flatMap(parseObjects);
}

/** The objects of a YAML text of several documents. */
export function parseObjects(text: string): KubeObject[] {
  return parseAllDocuments(text).map(document => {
    const [fault] = document.errors;
    if (fault !== undefined) throw fault;
    return document.toJS() as KubeObject;
  });
}

/**
 * Applies OpenShift's kinds and waits until they are established and discovery names them. Any number of times,
 * side by side too: they belong to the cluster and stay.
 */
export async function installOpenShiftKinds(
  client: KubeApi,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<void> {
  await installDefinitions(client, await openShiftDefinitions(), options);
}

/** Applies CustomResourceDefinitions and waits until they are established and discovery names their types. */
export async function installDefinitions(
  client: KubeApi,
  definitions: readonly KubeObject[],
  options: { signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const { signal } = options;
  const crds = await typeNamed(client, 'customresourcedefinitions.apiextensions.k8s.io', signal);
  await Promise.all(
    definitions.map(body =>
      client.patch(
        crds,
        { name: body.metadata.name },
        { type: 'apply', body, force: true },
        { fieldManager: testbedManager, signal },
      ),
    ),
  );
  const names = new Set(definitions.map(each => each.metadata.name));
  await established(client, crds, names, signal);
  await discovered(client, [...names], signal);
}

/** The type by its `resource.group` name, looking once more at the server where the cached discovery lacks it. */
export async function typeNamed(client: KubeApi, name: string, signal?: AbortSignal): Promise<ResourceType> {
  const known = (await client.discover({ signal })).byName(name);
  const type = known ?? (await client.discover({ refresh: true, signal })).byName(name);
  if (type === undefined) throw new Error(`the API server has no ${name}`);
  return type;
}

async function established(
  client: KubeApi,
  crds: ResourceType,
  names: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const waiting = new Set(names);
  if (waiting.size === 0) return;
  for await (const event of client.watch(crds, { signal })) {
    if (event.type === 'BOOKMARK' || event.type === 'DELETED') continue;
    if (isEstablished(event.object)) waiting.delete(event.object.metadata.name);
    if (waiting.size === 0) return;
  }
  throw new Error(`the watch ended before these were established: ${[...waiting].join(', ')}`);
}

interface Conditions {
  /** Null until the server has looked at a new definition. */
  readonly conditions?: readonly { readonly type: string; readonly status: string }[] | null;
}

function isEstablished(definition: KubeObject): boolean {
  const { conditions } = (definition['status'] ?? {}) as Conditions;
  return conditions?.some(each => each.type === 'Established' && each.status === 'True') === true;
}

/** No event tells when discovery has caught up with an established definition, so it is asked until it has. */
async function discovered(
  client: KubeApi,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadline = systemClock.now().getTime() + 180_000;
  for (;;) {
    const discovery = await client.discover({ refresh: true, signal });
    const missing = names.filter(name => discovery.byName(name) === undefined);
    if (missing.length === 0) return;
    if (systemClock.now().getTime() > deadline)
      throw new Error(`discovery does not name ${missing.join(', ')}`);
    await systemClock.sleep(100, signal);
  }
}
