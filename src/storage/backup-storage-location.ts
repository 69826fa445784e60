import { raise } from './errors.ts';
import { httpUrl, type Location } from './location-url.ts';
import { type ChecksumAlgorithm, checksumAlgorithms, type S3Settings } from './s3/settings.ts';

/** The `spec` of a velero.io/v1 BackupStorageLocation, as far as opening it needs. It comes from a cluster: nothing in it is trusted to have its type. */
export interface BackupStorageLocationSpec {
  readonly provider?: unknown;
  readonly config?: unknown;
  readonly objectStorage?: unknown;
  readonly credential?: unknown;
  readonly accessMode?: unknown;
}

/** A key of a Secret in the location's namespace. */
export interface SecretReference {
  readonly name: string;
  readonly key: string;
}

/** The Secrets that a location names. */
export interface LocationSecrets<T> {
  /** A shared credentials file. Where the location names none, Velero uses Secret `cloud-credentials`, key `cloud`. */
  readonly credentials?: T | undefined;
  /** CA certificates in PEM. */
  readonly ca?: T | undefined;
  /** The 32 bytes of the key of SSE-C. */
  readonly customerKey?: T | undefined;
}

/** What has to be fetched before {@link fromBackupStorageLocation} can be asked. */
export function secretsOf(spec: BackupStorageLocationSpec): LocationSecrets<SecretReference> {
  const config = configOf(spec);
  const storage = record(spec.objectStorage);
  const customerKey = config['customerKeyEncryptionSecret'];
  return {
    credentials: selector(spec.credential, 'credential'),
    ca: selector(storage['caCertRef'], 'objectStorage.caCertRef'),
    customerKey: customerKey === undefined ? undefined : slashed(customerKey),
  };
}

type ConfigReader = (value: string, name: string) => Partial<S3Settings>;

/** The keys of `config` of Velero's plugin for AWS, and the generic ones that its server understands. */
const configKeys: Readonly<Record<string, ConfigReader>> = {
  region: region => ({ region }),
  s3ForcePathStyle: (value, name) => ({ pathStyle: truth(value, name) }),
  s3Url: (value, name) => ({ endpoint: httpUrl(value, name) }),
  publicUrl: (value, name) => ({ publicEndpoint: httpUrl(value, name) }),
  serverSideEncryption: serverSideEncryption => ({ serverSideEncryption }),
  kmsKeyId: kmsKeyId => ({ kmsKeyId }),
  customerKeyEncryptionFile: customerKeyFile => ({ customerKeyFile }),
  customerKeyEncryptionSecret: () => ({}),
  profile: profile => ({ profile }),
  credentialsFile: credentialsFile => ({ credentialsFile }),
  insecureSkipTLSVerify: (value, name) => ({ insecureSkipVerify: truth(value, name) }),
  caCert: ca => ({ ca }),
  tagging: tagging => ({ tagging }),
  checksumAlgorithm: value => ({ checksumAlgorithm: checksum(value) }),
  signatureVersion: value => signature(value),
  enableSharedConfig: () => ({}), // the SDK always reads it
  bucket: () => ({}),
  prefix: () => ({}), // of repositories, not of the location
  resticRepoPrefix: () => ({}),
};

const providers = ['aws', 'velero.io/aws'];

/**
 * What a BackupStorageLocation says, as a {@link Location}. Pure: the Secrets that {@link secretsOf} names are given
 * with their content. Throws `storage.invalid-config` and `storage.unsupported-provider`. A `config` key that the
 * plugin does not know is an error, because a misspelt encryption setting would store in the clear.
 */
export function fromBackupStorageLocation(
  spec: BackupStorageLocationSpec,
  secrets: LocationSecrets<Uint8Array> = {},
): Location {
  const provider = typeof spec.provider === 'string' ? spec.provider : '';
  if (!providers.includes(provider)) throw raise['unsupported-provider']({ provider, supported: providers });
  const storage = record(spec.objectStorage);
  const bucket = storage['bucket'];
  if (typeof bucket !== 'string' || bucket === '') throw invalid('objectStorage.bucket is missing');
  const prefix = typeof storage['prefix'] === 'string' ? storage['prefix'].replace(/^\/+|\/+$/g, '') : '';
  const ca = certificates(storage['caCert'], secrets.ca);
  const { credentials, customerKey } = secrets;
  return {
    kind: 's3',
    readOnly: spec.accessMode === 'ReadOnly',
    s3: {
      bucket,
      prefix,
      ...settingsOf(configOf(spec)),
      ...(credentials === undefined ? {} : { credentials: text(credentials) }),
      ...(customerKey === undefined ? {} : { customerKey }),
      ...(ca === undefined ? {} : { ca }),
    },
  };
}

function settingsOf(config: Readonly<Record<string, string>>): Partial<S3Settings> {
  let settings: Partial<S3Settings> = {};
  for (const [name, value] of Object.entries(config)) {
    const read = Object.hasOwn(configKeys, name) ? configKeys[name] : undefined;
    if (read === undefined) {
      throw invalid(`config has no key "${name}"; it has ${Object.keys(configKeys).join(', ')}`);
    }
    if (value !== '' || name === 'checksumAlgorithm')
      settings = { ...settings, ...read(value, `config.${name}`) };
  }
  return settings;
}

/** `objectStorage.caCert` is base64 in the API; `caCertRef` names a Secret. Both at once are invalid, as in Velero. */
function certificates(inline: unknown, referenced: Uint8Array | undefined): string | undefined {
  if (inline !== undefined && referenced !== undefined) throw invalid('caCert and caCertRef are both set');
  if (referenced !== undefined) return text(referenced);
  return typeof inline === 'string' && inline !== ''
    ? Buffer.from(inline, 'base64').toString('utf8')
    : undefined;
}

function configOf(spec: BackupStorageLocationSpec): Readonly<Record<string, string>> {
  const entries = Object.entries(record(spec.config));
  for (const [name, value] of entries) {
    if (typeof value !== 'string') throw invalid(`config.${name} is not a text`);
  }
  return Object.fromEntries(entries) as Record<string, string>;
}

function selector(value: unknown, field: string): SecretReference | undefined {
  if (value === undefined || value === null) return undefined;
  const { name, key } = record(value);
  if (typeof name === 'string' && name !== '' && typeof key === 'string' && key !== '') return { name, key };
  throw invalid(`${field} does not name a Secret and a key`);
}

function slashed(value: string): SecretReference {
  const [name = '', key = '', ...more] = value.split('/');
  if (name !== '' && key !== '' && more.length === 0) return { name, key };
  throw invalid('config.customerKeyEncryptionSecret is not of the form SECRET/KEY');
}

function truth(value: string, name: string): boolean {
  if (/^(true|t|1)$/i.test(value)) return true;
  if (/^(false|f|0)$/i.test(value)) return false;
  throw invalid(`${name} is "${value}" and neither true nor false`);
}

function checksum(value: string): ChecksumAlgorithm {
  const found = checksumAlgorithms.find(one => one === value);
  if (found !== undefined) return found;
  throw invalid(
    `config.checksumAlgorithm is "${value}"; it can be ${checksumAlgorithms.filter(Boolean).join(', ')} or ""`,
  );
}

function signature(value: string): Partial<S3Settings> {
  if (value === '4') return {};
  throw invalid(`config.signatureVersion is "${value}"; only version 4 is supported`);
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function invalid(reason: string): Error {
  return raise['invalid-config']({ reason });
}
