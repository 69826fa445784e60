import assert from 'node:assert/strict';
import { chmod, readFile, rm } from 'node:fs/promises';
import { test } from 'node:test';
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

/** A plugin that logs its runs and answers with what `answer` (a shell word) expands to. */
async function plugin(answer: string): Promise<string> {
  const file = await write(
    'plugin/run.sh',
    `#!/bin/sh\necho "$KUBERNETES_EXEC_INFO" >> "$(dirname "$0")/runs"\n${answer}\n`,
  );
  await chmod(file, 0o700);
  await rm(files.path('plugin/runs'), { force: true });
  return file;
}

const credential = (status: object, version = 'v1'): string =>
  `cat <<'END'\n${JSON.stringify({ apiVersion: `client.authentication.k8s.io/${version}`, kind: 'ExecCredential', status })}\nEND`;

const exec = (extra: object = {}) => ({
  apiVersion: 'client.authentication.k8s.io/v1',
  command: './run.sh',
  interactiveMode: 'Never',
  ...extra,
});

async function connectWith(section: object, options: KubeconfigOptions = {}, cluster: object = {}) {
  const kubeconfig = await write('plugin/config', config(cluster, { exec: section }));
  return (await load({ kubeconfig, env: { PATH: process.env['PATH'] }, ...options })).credentials;
}

test('it is run once for all who wait, again when its credential expires or is refused', async () => {
  const clock = manualClock();
  await plugin(
    credential({ token: 't', expirationTimestamp: new Date(clock.now().getTime() + 60_000).toISOString() }),
  );
  const credentials = await connectWith(exec(), { clock });
  const runs = async () => {
    return (await readFile(files.path('plugin/runs'), 'utf8')).trim().split('\n').length;
  };
  const answers = await Promise.all([credentials.current(), credentials.current()]);
  assert.deepEqual(
    answers.map(answer => answer.authorization),
    ['Bearer t', 'Bearer t'],
  );
  assert.equal(await runs(), 1);
  clock.advance(49_000);
  await credentials.current();
  assert.equal(await runs(), 1);
  clock.advance(2000);
  await credentials.current();
  assert.equal(await runs(), 2);
  clock.advance(-40_000);
  credentials.refresh();
  await credentials.current();
  assert.equal(await runs(), 3);
});

test('it is told what it needs and gets its arguments and environment', async () => {
  await write('plugin/ca', 'CA');
  const file = await plugin(
    `printf '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","status":{"token":"%s"}}' "$1-$GREETING"`,
  );
  const section = exec({
    apiVersion: 'client.authentication.k8s.io/v1beta1',
    command: file,
    args: ['one'],
    env: [{ name: 'GREETING', value: 'hello' }],
    provideClusterInfo: true,
  });
  const cluster = {
    'certificate-authority': 'ca',
    extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'x' } }],
  };
  const credentials = await connectWith(section, {}, cluster);
  assert.equal((await credentials.current()).authorization, 'Bearer one-hello');
  assert.deepEqual(JSON.parse(await readFile(files.path('plugin/runs'), 'utf8')), {
    apiVersion: 'client.authentication.k8s.io/v1beta1',
    kind: 'ExecCredential',
    spec: {
      interactive: false,
      cluster: {
        server: 'https://api.example:6443',
        'certificate-authority-data': btoa('CA'),
        config: { audience: 'x' },
      },
    },
  });
});

test('it can give a client certificate', async () => {
  await plugin(credential({ clientCertificateData: 'CERT', clientKeyData: 'KEY' }));
  const credentials = await connectWith(exec());
  assert.deepEqual((await credentials.current()).certificate, { cert: 'CERT', key: 'KEY' });
});

test('one that is not installed says how to install it', async () => {
  const credentials = await connectWith(
    exec({ command: 'no-such-plugin-here', installHint: 'brew install it' }),
  );
  await assert.rejects(credentials.current(), (thrown: unknown) => {
    assert.ok(isHozonError(thrown, 'kube.credential-plugin-missing'));
    assert.equal(thrown.hint('ja'), 'brew install it');
    return true;
  });
});

test('its failures are told with its complaint and without its output', async () => {
  const failures: [string, RegExp][] = [
    ['echo hunter2; echo "please log in" >&2; exit 3', /exit code 3: please log in/],
    ['echo hunter2', /not JSON/],
    ['echo "{\\"kind\\":\\"hunter2\\"}"', /not an ExecCredential/],
    [credential({}), /neither a token/],
    [credential({ clientCertificateData: 'hunter2' }), /neither a token/],
    [credential({ token: 'hunter2' }, 'v1beta1'), /answered in .*v1beta1/],
    ['yes hunter2', /more than 1 MiB/],
  ];
  for (const [answer, reason] of failures) {
    await plugin(answer);
    const credentials = await connectWith(exec());
    await assert.rejects(credentials.current(), (thrown: unknown) => {
      assert.ok(isHozonError(thrown, 'kube.credential-plugin-failed'), String(thrown));
      assert.match(thrown.message, reason);
      assert.ok(!inspect(thrown, { depth: 9 }).includes('hunter2'));
      return true;
    });
  }
});

test('one that insists on a terminal is not run without one', async () => {
  await plugin(credential({ token: 't' }));
  const section = exec({ interactiveMode: 'Always' });
  const credentials = await connectWith(section, { interactive: false });
  await assert.rejects(credentials.current(), code('kube.credential-plugin-failed'));
});

test('what cannot be run is refused when the kubeconfig is read', async () => {
  for (const extra of [
    { apiVersion: 'client.authentication.k8s.io/v1alpha1' },
    { command: '' },
    { interactiveMode: '' },
    { interactiveMode: 'Maybe' },
  ]) {
    await assert.rejects(connectWith(exec(extra)), code('kube.kubeconfig-invalid'), JSON.stringify(extra));
  }
});

test('an abort stops the waiting', async () => {
  await plugin('exec sleep 1');
  const credentials = await connectWith(exec());
  await assert.rejects(credentials.current(AbortSignal.abort(new Error('enough'))), /enough/);
});
