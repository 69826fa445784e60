import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import {
  type BackupStorageLocationSpec,
  fromBackupStorageLocation,
  secretsOf,
} from './backup-storage-location.ts';

const minimal = { provider: 'aws', objectStorage: { bucket: 'velero' } };

function refused(spec: BackupStorageLocationSpec, code: string, text: RegExp, secrets = {}): void {
  assert.throws(
    () => fromBackupStorageLocation(spec, secrets),
    thrown => isHozonError(thrown, `storage.${code}`) && text.test(thrown.message),
    JSON.stringify(spec),
  );
}

test('every key of the AWS plugin is understood', () => {
  const location = fromBackupStorageLocation(
    {
      provider: 'velero.io/aws',
      accessMode: 'ReadOnly',
      objectStorage: { bucket: 'velero', prefix: 'a/b/' },
      config: {
        region: 'minio',
        s3ForcePathStyle: 'true',
        s3Url: 'http://minio.velero.svc:9000',
        publicUrl: 'https://minio.example.com',
        serverSideEncryption: 'aws:kms',
        kmsKeyId: 'alias/k',
        customerKeyEncryptionFile: '/key',
        customerKeyEncryptionSecret: 'sse/key',
        profile: 'prod',
        credentialsFile: '/credentials/cloud',
        insecureSkipTLSVerify: 'false',
        caCert: '',
        tagging: 'a=b',
        checksumAlgorithm: '',
        signatureVersion: '4',
        enableSharedConfig: 'true',
        bucket: 'velero',
        prefix: 'x',
      },
    },
    { credentials: Buffer.from('[prod]'), ca: Buffer.from('PEM'), customerKey: Buffer.alloc(32, 1) },
  );
  assert.deepEqual(location, {
    kind: 's3',
    readOnly: true,
    s3: {
      bucket: 'velero',
      prefix: 'a/b',
      region: 'minio',
      pathStyle: true,
      endpoint: 'http://minio.velero.svc:9000',
      publicEndpoint: 'https://minio.example.com',
      serverSideEncryption: 'aws:kms',
      kmsKeyId: 'alias/k',
      customerKeyFile: '/key',
      customerKey: Buffer.alloc(32, 1),
      profile: 'prod',
      credentialsFile: '/credentials/cloud',
      credentials: '[prod]',
      insecureSkipVerify: false,
      tagging: 'a=b',
      checksumAlgorithm: '',
      ca: 'PEM',
    },
  });
});

test('a minimal location needs only a bucket', () => {
  assert.deepEqual(fromBackupStorageLocation(minimal), {
    kind: 's3',
    readOnly: false,
    s3: { bucket: 'velero', prefix: '' },
  });
});

test('what cannot be used is said with its reason', () => {
  refused(
    { provider: 'azure', objectStorage: { bucket: 'x' } },
    'unsupported-provider',
    /azure.*aws, velero\.io\/aws/,
  );
  refused({}, 'unsupported-provider', /aws/);
  refused({ provider: 'aws' }, 'invalid-config', /bucket/);
  refused(
    { ...minimal, config: { serverSideEncryptoin: 'AES256' } },
    'invalid-config',
    /serverSideEncryptoin.*serverSideEncryption/,
  );
  refused({ ...minimal, config: { s3ForcePathStyle: 'yes' } }, 'invalid-config', /s3ForcePathStyle/);
  refused({ ...minimal, config: { region: 7 } }, 'invalid-config', /region/);
  refused({ ...minimal, config: { signatureVersion: '1' } }, 'invalid-config', /signatureVersion/);
  refused(
    { ...minimal, config: { checksumAlgorithm: 'MD5' } },
    'invalid-config',
    /CRC32, CRC32C, SHA1, SHA256 or ""/,
  );
  refused({ ...minimal, config: { s3Url: 'https://u:pw@host' } }, 'credentials-in-url', /credentials/);
  const both = { ...minimal, objectStorage: { bucket: 'x', caCert: 'UEVN' } };
  refused(both, 'invalid-config', /caCert/, { ca: Buffer.from('PEM') });
});

test('the Secrets that a location names are told', () => {
  assert.deepEqual(secretsOf(minimal), { credentials: undefined, ca: undefined, customerKey: undefined });
  assert.deepEqual(
    secretsOf({
      ...minimal,
      credential: { name: 'cloud', key: 'creds' },
      objectStorage: { bucket: 'x', caCertRef: { name: 'ca', key: 'ca.crt' } },
      config: { customerKeyEncryptionSecret: 'sse/key' },
    }),
    {
      credentials: { name: 'cloud', key: 'creds' },
      ca: { name: 'ca', key: 'ca.crt' },
      customerKey: { name: 'sse', key: 'key' },
    },
  );
  assert.throws(() => secretsOf({ ...minimal, credential: { name: 'cloud' } }), /credential/);
  assert.throws(() => secretsOf({ ...minimal, config: { customerKeyEncryptionSecret: 'x' } }), /SECRET\/KEY/);
});
