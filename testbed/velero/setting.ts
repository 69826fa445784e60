import { readFile } from 'node:fs/promises';
import type { KubeApi } from '#kube/api.ts';
import { apiVersionOf, type KubeObject, keyOf, type ResourceType } from '#kube/objects.ts';
import { namespaces } from '../cluster/types.ts';
import type { ObjectStoreState } from '../object-store/object-store.ts';
import { testbedManager, typeNamed } from '../openshift/kinds.ts';

/** Where a Velero server keeps its own objects, and the bucket it keeps backups in. */
export interface Setting {
  readonly namespace: string;
  readonly store: ObjectStoreState;
  readonly bucket: string;
  readonly prefix?: string | undefined;
}

/** The name of the BackupStorageLocation. */
export const locationName = 'default';

/** Velero's own name for the Secret of its credentials, and the key in it. */
const credential = { name: 'cloud-credentials', key: 'cloud' };

/** Makes the namespace where there is none. Resolves to whether it did. One that is going is waited for. */
export async function ensureNamespace(client: KubeApi, name: string, signal?: AbortSignal): Promise<boolean> {
  const found = await client.get(namespaces, { name }, { signal });
  if (found !== undefined && found.metadata.deletionTimestamp === undefined) return false;
  if (found !== undefined) await untilGone(client, name, signal);
  await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, { signal });
  return true;
}

async function untilGone(client: KubeApi, name: string, signal?: AbortSignal): Promise<void> {
  const fieldSelector = `metadata.name=${name}`;
  for await (const event of client.watch(namespaces, { fieldSelector, signal })) {
    const gone = event.type === 'DELETED' || event.type === 'BOOKMARK';
    if (gone && (await client.get(namespaces, { name }, { signal })) === undefined) return;
  }
}

/** Applies what a Velero server looks for in its namespace, and makes the location look untried. */
export async function applySetting(client: KubeApi, setting: Setting, signal?: AbortSignal): Promise<void> {
  const { namespace } = setting;
  for (const [typeName, body] of [
    ['secrets', credentials(setting)],
    ['deployments.apps', deployment()],
    ['backupstoragelocations.velero.io', await location(setting)],
  ] as const) {
    const type = await typeNamed(client, typeName, signal);
    const object = { apiVersion: apiVersionOf(type), kind: type.kind, ...body };
    const key = { namespace, name: body.metadata.name };
    const options = { fieldManager: testbedManager, signal };
    await client.patch(type, key, { type: 'apply', body: object, force: true }, options);
  }
  await forgetTrials(client, namespace, signal);
}

/**
 * A server looks into the bucket for backups that it does not know when it starts, and then once a minute; but only
 * where the location is already Available, which a new one becomes a moment later. So it begins as that: the server
 * tries the location all the same, as long as no time of a trial stands there. The status is no subresource.
 */
export async function forgetTrials(client: KubeApi, namespace: string, signal?: AbortSignal): Promise<void> {
  const type = await typeNamed(client, 'backupstoragelocations.velero.io', signal);
  const status = { phase: 'Available', message: null, lastValidationTime: null, lastSyncedTime: null };
  const key = { namespace, name: locationName };
  await client.patch(type, key, { type: 'merge', body: { status } }, { signal });
}

function credentials({ store }: Setting): Pick<KubeObject, 'metadata'> & { data: object } {
  const file = [
    '[default]',
    `aws_access_key_id=${store.accessKeyId}`,
    `aws_secret_access_key=${store.secretAccessKey}`,
    '',
  ].join('\n');
  return {
    metadata: { name: credential.name },
    data: { [credential.key]: Buffer.from(file).toString('base64') },
  };
}

/** Restores look up the Deployment of their server, for its image. It runs nothing here. */
function deployment(): Pick<KubeObject, 'metadata'> & { spec: object } {
  const labels = { component: 'velero', deploy: 'velero' };
  const container = { name: 'velero', image: 'velero/velero:testbed', imagePullPolicy: 'Never' };
  return {
    metadata: { name: 'velero', labels },
    spec: {
      replicas: 0,
      selector: { matchLabels: { deploy: 'velero' } },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}

/** An empty checksum algorithm turns checksums in trailers off, which few servers but Amazon's understand. */
async function location(setting: Setting): Promise<Pick<KubeObject, 'metadata'> & { spec: object }> {
  const { store, bucket, prefix } = setting;
  const caCert = store.caFile === undefined ? undefined : (await readFile(store.caFile)).toString('base64');
  return {
    metadata: { name: locationName },
    spec: {
      provider: 'aws',
      default: true,
      backupSyncPeriod: '1s', // the least time between two looks; they are a minute apart or more
      credential,
      objectStorage: { bucket, ...(prefix && { prefix }), ...(caCert && { caCert }) },
      config: {
        region: store.region,
        s3Url: store.endpoint,
        s3ForcePathStyle: 'true',
        checksumAlgorithm: '',
      },
    },
  };
}

/** Deletes the namespace with all of Velero's objects. Its server must have ended: nobody else removes their finalizers. */
export async function removeSetting(client: KubeApi, namespace: string): Promise<void> {
  const { preferred } = await client.discover();
  const listable = preferred.filter(type => type.group === 'velero.io' && type.verbs.includes('list'));
  for (const type of listable) await removeFinalizers(client, type, namespace);
  await client.delete(namespaces, { name: namespace });
}

async function removeFinalizers(client: KubeApi, type: ResourceType, namespace: string): Promise<void> {
  for await (const object of client.list(type, { namespace })) {
    if (object.metadata.finalizers === undefined) continue;
    await client.patch(type, keyOf(object), { type: 'merge', body: { metadata: { finalizers: null } } });
  }
}
