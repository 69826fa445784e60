import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import type { FlagValues } from '../../spec.ts';
import { readAccess } from './access.ts';
import type { accessFlags } from './access-flags.ts';

let directory: string;
let file: (name: string) => string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-etcd-access-'));
  file = name => join(directory, name);
  for (const name of ['ca', 'cert', 'key', 'other-ca']) await writeFile(file(name), name);
});
after(() => rm(directory, { recursive: true }));

type Values = FlagValues<typeof accessFlags>;

const flags = (given: Partial<Values> = {}): Values => ({
  endpoints: undefined,
  cacert: undefined,
  cert: undefined,
  key: undefined,
  commandTimeout: undefined,
  ...given,
});

test('what no flag says is taken from etcdctl’s variables', async () => {
  const env = {
    ETCDCTL_ENDPOINTS: 'https://m0:2379, https://m1:2379',
    ETCDCTL_CACERT: file('ca'),
    ETCDCTL_CERT: file('cert'),
    ETCDCTL_KEY: file('key'),
    ETCDCTL_USER: 'root:a:b',
    ETCDCTL_COMMAND_TIMEOUT: '30s',
  };
  const access = await readAccess(flags(), { env });
  assert.deepEqual(access.endpoints, ['https://m0:2379', 'https://m1:2379']);
  assert.equal(access.tls?.ca?.toString(), 'ca');
  assert.equal(access.tls?.cert?.toString(), 'cert');
  assert.equal(access.tls?.key?.toString(), 'key');
  assert.equal(access.tls?.skipVerify, false);
  assert.deepEqual(access.user, { name: 'root', password: 'a:b' });
  assert.equal(access.timeoutMs, 30_000);
  const given = flags({ endpoints: ['m2:2379'], cacert: file('other-ca'), commandTimeout: 1000 });
  const told = await readAccess(given, { env: { ...env, ETCDCTL_PASSWORD: 'c' } });
  assert.deepEqual(told.endpoints, ['m2:2379']);
  assert.equal(told.tls?.ca?.toString(), 'other-ca');
  assert.deepEqual(told.user, { name: 'root:a:b', password: 'c' });
  assert.equal(told.timeoutMs, 1000);
});

test('without anything, it is etcdctl’s own default', async () => {
  const access = await readAccess(flags(), { env: {} });
  assert.deepEqual(access, {
    endpoints: ['127.0.0.1:2379'],
    tls: undefined,
    user: undefined,
    timeoutMs: undefined,
  });
});

test('a certificate that cannot be read is named', async () => {
  await assert.rejects(
    readAccess(flags({ cert: file('missing') }), { env: {} }),
    thrown => isHozonError(thrown, 'etcd.credentials-unreadable') && thrown.message.includes(file('missing')),
  );
});
