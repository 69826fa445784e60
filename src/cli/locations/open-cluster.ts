import type { KubeApi } from '#kube/api.ts';
import type { KubeObject } from '#kube/objects.ts';
import { secretType } from '#kube/secret-type.ts';
import {
  type BackupStorageLocationSpec,
  fromBackupStorageLocation,
  type LocationSecrets,
  type SecretReference,
  secretsOf,
} from '#storage/backup-storage-location.ts';
import { openLocation } from '#storage/locations.ts';
import { cliErrors } from '../errors.ts';
import type { OpenedLocation } from './location.ts';

/** Where Velero looks for credentials when a location names none. */
const usualCredentials: SecretReference = { name: 'cloud-credentials', key: 'cloud' };

interface Reach {
  readonly cluster: KubeApi;
  readonly signal: AbortSignal;
}

/** Opens what a BackupStorageLocation of the cluster describes, with the Secrets that it names. */
export async function openClusterLocation(location: KubeObject, reach: Reach): Promise<OpenedLocation> {
  const spec = withoutPodPaths(location['spec'] ?? {});
  const described = fromBackupStorageLocation(spec, await readSecrets(location, spec, reach));
  const store = await openLocation({ location: described });
  return { name: location.metadata.name, origin: 'cluster', readOnly: described.readOnly === true, store };
}

/** `config.credentialsFile` is a path in Velero's pod; the file of that name on this machine is another one. */
function withoutPodPaths(spec: BackupStorageLocationSpec): BackupStorageLocationSpec {
  if (typeof spec.config !== 'object' || spec.config === null) return spec;
  const { credentialsFile: _, ...config } = spec.config as Record<string, unknown>;
  return { ...spec, config };
}

async function readSecrets(
  location: KubeObject,
  spec: BackupStorageLocationSpec,
  reach: Reach,
): Promise<LocationSecrets<Uint8Array>> {
  const { credentials, ca, customerKey } = secretsOf(spec);
  const required = async (reference: SecretReference | undefined): Promise<Uint8Array | undefined> => {
    if (reference === undefined) return undefined;
    const value = await secretValue(reference, location, reach);
    if (value !== undefined) return value;
    const { name, key } = reference;
    throw cliErrors.raise['secret-missing']({ location: location.metadata.name, secret: name, key });
  };
  return {
    credentials:
      credentials === undefined
        ? await secretValue(usualCredentials, location, reach)
        : await required(credentials),
    ca: await required(ca),
    customerKey: await required(customerKey),
  };
}

async function secretValue(
  { name, key }: SecretReference,
  { metadata: { namespace } }: KubeObject,
  { cluster, signal }: Reach,
): Promise<Uint8Array | undefined> {
  const secret = await cluster.get(secretType, { namespace, name }, { signal });
  const data = (secret?.['data'] ?? {}) as Readonly<Record<string, unknown>>;
  const value = Object.hasOwn(data, key) ? data[key] : undefined;
  return typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
}
