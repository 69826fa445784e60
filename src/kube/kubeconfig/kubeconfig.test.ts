import assert from 'node:assert/strict';

import path from 'node:path';
import { suite, test } from 'node:test';
import { inspect } from 'node:util';
import { isHozonError } from '#foundation/errors.ts';
import {
  kubeconfigOf as config,
  loadAlone as load,
  manualClock,
  testDirectory,
} from '../testing/kubeconfig-files.ts';
import type { KubeconfigOptions } from './kubeconfig.ts';

const files = testDirectory();
const write = (name: string, content: string | object): Promise<string> => files.write(name, content);
const code = (wanted: string) => (thrown: unknown) => isHozonError(thrown, wanted);

async function credentialOf(user: object, options: KubeconfigOptions = {}) {
  const kubeconfig = await write('one', config({}, user));
  return (await load({ kubeconfig, ...options })).credentials.current();
}

suite('where the cluster comes from', () => {
  const named = (server: string, extra: object = {}) => ({ ...config({ server }, {}), ...extra });

  test('an explicit file before KUBECONFIG, KUBECONFIG before the home directory, that before the service account', async () => {
    const explicit = await write('explicit', named('https://explicit'));
    const listed = await write('listed', named('https://listed'));
    await write('home/.kube/config', named('https://home'));
    await write('sa/token', 'secret');
    const everything: KubeconfigOptions = {
      kubeconfig: explicit,
      env: { KUBECONFIG: listed, KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' },
      home: files.path('home'),
      serviceAccountDirectory: files.path('sa'),
    };
    assert.equal((await load(everything)).server, 'https://explicit');
    const { kubeconfig: _, ...rest } = everything;
    assert.equal((await load(rest)).server, 'https://listed');
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
    assert.equal((await load({ ...rest, env })).server, 'https://home');
    const inside = await load({ ...rest, env, home: files.path('nobody') });
    assert.deepEqual(
      [inside.server, inside.source, inside.namespace],
      ['https://[fd00::1]:443', 'in-cluster', 'default'],
    );
  });

  test('KUBECONFIG lists are merged: the first of a name wins, missing files are passed over', async () => {
    const first = await write('a/config', {
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'first' } }],
      clusters: [{ name: 'c', cluster: { server: 'https://first' } }],
    });
    const second = await write('b/config', {
      'current-context': 'x',
      contexts: [
        { name: 'x', context: { cluster: 'other', user: 'u' } },
        { name: 'y', context: { cluster: 'other', user: 'u' } },
      ],
      clusters: [
        { name: 'c', cluster: { server: 'https://second', 'insecure-skip-tls-verify': true } },
        { name: 'other', cluster: { server: 'https://other/prefix/' } },
      ],
      users: [{ name: 'u', user: { tokenFile: 'token' } }],
    });
    await write('b/token', ' from-file\n');
    const env = { KUBECONFIG: ['/nonexistent', '', first, second].join(path.delimiter) };
    const connection = await load({ env });
    assert.deepEqual(
      [connection.server, connection.context, connection.namespace, connection.tls.insecure],
      ['https://first', 'x', 'first', false],
    );
    assert.deepEqual(await connection.credentials.current(), { authorization: 'Bearer from-file' });
    assert.equal((await load({ env, context: 'y' })).server, 'https://other/prefix');
  });

  test('what is missing or wrong is said', async () => {
    await assert.rejects(load({ kubeconfig: '/nonexistent' }), code('kube.kubeconfig-missing'));
    await assert.rejects(load({}), code('kube.kubeconfig-missing'));
    await assert.rejects(load({ env: { KUBECONFIG: '/nonexistent' } }), code('kube.kubeconfig-missing'));
    const good = await write('good', named('https://x'));
    await assert.rejects(load({ kubeconfig: good, context: 'nope' }), (thrown: unknown) => {
      assert.ok(isHozonError(thrown, 'kube.kubeconfig-context'));
      assert.match(thrown.message, /"nope".*there is: main/);
      return true;
    });
    const bad = [
      'a: [',
      '- list',
      named(''),
      named('ftp://x'),
      { ...named('https://x'), clusters: [] },
      { ...named('https://x'), users: [] },
      config({ 'certificate-authority-data': '%%%' }, {}),
      config({ 'certificate-authority': 'ca', 'insecure-skip-tls-verify': true }, {}),
      config({}, { 'client-certificate-data': 'YQ==' }),
    ];
    for (const content of bad) {
      const kubeconfig = await write('bad', content);
      await assert.rejects(load({ kubeconfig }), code('kube.kubeconfig-invalid'), JSON.stringify(content));
    }
    await assert.rejects(load({ kubeconfig: files.path('.') }), code('kube.kubeconfig-invalid'));
    const old = await write('old', config({}, { 'auth-provider': { name: 'gcp' } }));
    await assert.rejects(load({ kubeconfig: old }), code('kube.auth-provider'));
  });

  test('a file that does not parse is reported without its text', async () => {
    const kubeconfig = await write('torn', 'users:\n- name: u\n  user: {token: "hunter2\n');
    const thrown: unknown = await load({ kubeconfig }).catch((thrown: unknown) => thrown);
    assert.ok(isHozonError(thrown, 'kube.kubeconfig-invalid'));
    assert.ok(!inspect(thrown, { depth: 9 }).includes('hunter2'));
  });
});

suite('what is in an entry', () => {
  test('TLS: data before files, files relative to the kubeconfig', async () => {
    await write('tls/ca.pem', 'CA');
    await write('tls/cert.pem', 'CERT');
    const cluster = {
      'certificate-authority': 'ca.pem',
      'tls-server-name': 'other.name',
      'proxy-url': 'socks5://p:1',
    };
    const user = {
      'client-certificate': 'cert.pem',
      'client-key': 'missing',
      'client-key-data': Buffer.from('KEY').toString('base64'),
    };
    const connection = await load({ kubeconfig: await write('tls/config', config(cluster, user)) });
    assert.equal(await connection.tls.ca?.(), 'CA');
    assert.equal(connection.tls.serverName, 'other.name');
    assert.equal(connection.proxy, 'socks5://p:1');
    assert.deepEqual((await connection.credentials.current()).certificate, { cert: 'CERT', key: 'KEY' });
  });

  test('tokens, passwords, nobody', async () => {
    assert.deepEqual(await credentialOf({ token: 't' }), { authorization: 'Bearer t' });
    assert.deepEqual(await credentialOf({ username: 'jane', password: 'p:w' }), {
      authorization: `Basic ${btoa('jane:p:w')}`,
    });
    assert.deepEqual(await credentialOf({}), {});
    assert.deepEqual(await credentialOf({ token: 'older', tokenFile: '/nonexistent' }), {
      authorization: 'Bearer older',
    });
    await assert.rejects(credentialOf({ tokenFile: '/nonexistent' }), code('kube.credential-file'));
  });

  test('a token file is read again when it is a minute old, and after a refusal', async () => {
    const clock = manualClock();
    const tokenFile = await write('token', 'one');
    const kubeconfig = await write('one', config({}, { tokenFile }));
    const { credentials } = await load({ kubeconfig, clock });
    const current = async () => (await credentials.current()).authorization;
    assert.equal(await current(), 'Bearer one');
    await write('token', 'two');
    assert.equal(await current(), 'Bearer one');
    clock.advance(60_000);
    assert.equal(await current(), 'Bearer two');
    await write('token', 'three');
    assert.equal(credentials.refresh(), true);
    assert.equal(await current(), 'Bearer three');
  });

  test('impersonation, from the file and over it', async () => {
    const kubeconfig = await write(
      'as',
      config({}, { as: 'jane', 'as-uid': '7', 'as-groups': ['g'], 'as-user-extra': { k: ['v'] } }),
    );
    assert.deepEqual((await load({ kubeconfig })).impersonation, {
      user: 'jane',
      uid: '7',
      groups: ['g'],
      extra: { k: ['v'] },
    });
    const other = { user: 'bob', groups: [], uid: undefined, extra: {} };
    assert.deepEqual((await load({ kubeconfig, impersonation: other })).impersonation, other);
  });

  test('a connection shows no secrets when it is printed', async () => {
    const kubeconfig = await write(
      'one',
      config({ 'certificate-authority-data': btoa('hunter2') }, { token: 'hunter2' }),
    );
    const connection = await load({ kubeconfig });
    await connection.credentials.current();
    assert.ok(!inspect(connection, { depth: 9, showHidden: true }).includes('hunter2'));
    assert.ok(!JSON.stringify(connection).includes('hunter2'));
  });
});
