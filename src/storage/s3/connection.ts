import { readFile } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { getCACertificates } from 'node:tls';
import type * as Sdk from '@aws-sdk/client-s3';
import { raise } from '../errors.ts';
import type { S3Settings } from './settings.ts';
import { credentialsOfProfile } from './shared-credentials.ts';

/** The SDK and a client of it, with what every request of a location repeats. */
export interface Connection {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.S3Client;
  /** Signs URLs for others: of the public endpoint, where there is one. */
  readonly signer: Sdk.S3Client;
  readonly settings: S3Settings;
  /** What reads, writes and parts carry: the key of SSE-C. */
  readonly customerKey: CustomerKey;
  /** What begins an object: encryption and tags. */
  readonly storing: Storing;
  /** Of puts and parts; empty where switched off. */
  readonly checksum: { readonly ChecksumAlgorithm?: Sdk.ChecksumAlgorithm };
}

interface CustomerKey {
  readonly SSECustomerAlgorithm?: 'AES256';
  readonly SSECustomerKey?: string;
}

interface Storing extends CustomerKey {
  readonly ServerSideEncryption?: Sdk.ServerSideEncryption;
  readonly SSEKMSKeyId?: string;
  readonly Tagging?: string;
}

/** The options of a request that ends when `signal` aborts. */
export function sending(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

/** The location as a URL for messages. */
export function urlOf(settings: S3Settings): string {
  return settings.prefix === '' ? `s3://${settings.bucket}` : `s3://${settings.bucket}/${settings.prefix}`;
}

/** Loads the SDK and prepares clients; reads the files that the settings name, but asks nothing of the server. */
export async function connect(settings: S3Settings): Promise<Connection> {
  const [sdk, config, customerKey] = await Promise.all([
    import('@aws-sdk/client-s3'),
    clientConfig(settings),
    customerKeyOf(settings),
  ]);
  const client = new sdk.S3Client(config);
  const { publicEndpoint } = settings;
  const signer =
    publicEndpoint === undefined ? client : new sdk.S3Client({ ...config, endpoint: publicEndpoint });
  const algorithm = settings.checksumAlgorithm ?? 'CRC32';
  return {
    sdk,
    client,
    signer,
    settings,
    customerKey,
    storing: storingOf(settings, customerKey),
    checksum: algorithm === '' ? {} : { ChecksumAlgorithm: algorithm },
  };
}

const pool = { keepAlive: true, maxSockets: 50 };

async function clientConfig(settings: S3Settings): Promise<Sdk.S3ClientConfig> {
  const stall = settings.stallTimeout ?? 60_000;
  const checksums = settings.checksumAlgorithm === '' ? 'WHEN_REQUIRED' : 'WHEN_SUPPORTED';
  const region = settings.region ?? (settings.endpoint === undefined ? undefined : 'us-east-1');
  const [credentials, trust] = await Promise.all([credentialsOf(settings), trustOf(settings)]);
  return {
    ...(region === undefined ? {} : { region }),
    ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
    ...(settings.profile === undefined ? {} : { profile: settings.profile }),
    ...(credentials === undefined ? {} : { credentials }),
    forcePathStyle: settings.pathStyle === true,
    followRegionRedirects: true,
    maxAttempts: 1, // tried again by `retrying`, and parts by `multipart.ts`, which know what may be repeated
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    requestHandler: {
      connectionTimeout: Math.min(stall, 10_000),
      socketTimeout: stall,
      // agents, not options of them: the SDK sends large bodies by an agent of its own, without the options
      httpAgent: new HttpAgent(pool),
      httpsAgent: new HttpsAgent({
        ...pool,
        rejectUnauthorized: settings.insecureSkipVerify !== true,
        ...trust,
      }),
    },
  };
}

async function trustOf(settings: S3Settings): Promise<{ ca?: string[] }> {
  const own = [
    settings.ca ?? '',
    settings.caFile === undefined ? '' : await bundleOf(settings, settings.caFile),
  ];
  const given = own.filter(pem => pem.trim() !== '');
  if (given.length === 0) return {};
  if (!given.every(pem => pem.includes('-----BEGIN CERTIFICATE-----'))) {
    throw raise.tls({ url: urlOf(settings), reason: 'the CA given is not a certificate in PEM' });
  }
  return { ca: [...getCACertificates('default'), ...given] };
}

async function credentialsOf(settings: S3Settings): Promise<Sdk.S3ClientConfig['credentials']> {
  const profile = settings.profile ?? 'default';
  if (settings.credentials !== undefined) return credentialsOfSecret(settings, settings.credentials, profile);
  if (settings.credentialsFile === undefined) return undefined;
  await fileOf(settings, settings.credentialsFile);
  const { fromIni } = await import('@aws-sdk/credential-provider-ini');
  return fromIni({ filepath: settings.credentialsFile, profile, ignoreCache: true });
}

async function credentialsOfSecret(settings: S3Settings, text: string, profile: string) {
  const found = credentialsOfProfile(text, profile);
  if (found.kind === 'unusable') {
    throw raise['no-credentials']({ url: urlOf(settings), reason: found.reason });
  }
  if (found.kind === 'static') {
    const { kind: _, ...keys } = found;
    return keys;
  }
  const { fromTokenFile } = await import('@aws-sdk/credential-provider-web-identity');
  return fromTokenFile({
    roleArn: found.roleArn,
    webIdentityTokenFile: found.tokenFile,
    roleSessionName: found.sessionName ?? 'hozon',
  });
}

async function customerKeyOf(settings: S3Settings): Promise<CustomerKey> {
  const { customerKeyFile } = settings;
  const key =
    settings.customerKey ??
    (customerKeyFile === undefined ? undefined : await readKey(settings, customerKeyFile));
  if (key === undefined) return {};
  if (key.length !== 32) {
    throw raise['no-credentials']({
      url: urlOf(settings),
      reason: `the customer's encryption key has ${key.length} bytes and not 32`,
    });
  }
  return { SSECustomerAlgorithm: 'AES256', SSECustomerKey: Buffer.from(key).toString('base64') };
}

function storingOf(settings: S3Settings, customerKey: CustomerKey): Storing {
  const { serverSideEncryption, kmsKeyId, tagging } = settings;
  const encryption = serverSideEncryption ?? (kmsKeyId === undefined ? undefined : 'aws:kms');
  return {
    ...customerKey,
    ...(encryption === undefined ? {} : { ServerSideEncryption: encryption as Sdk.ServerSideEncryption }),
    ...(kmsKeyId === undefined ? {} : { SSEKMSKeyId: kmsKeyId }),
    ...(tagging === undefined ? {} : { Tagging: tagging }),
  };
}

async function bundleOf(settings: S3Settings, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw raise.tls({ url: urlOf(settings), reason: `cannot read the CA in ${path}` }, { cause });
  }
}

async function fileOf(settings: S3Settings, path: string): Promise<string> {
  return (await readKey(settings, path)).toString('utf8');
}

async function readKey(settings: S3Settings, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw raise['no-credentials']({ url: urlOf(settings), reason: `cannot read ${path}` }, { cause });
  }
}
