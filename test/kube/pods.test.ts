import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { podType } from '#kube/pods/pods.ts';
import { type Live, live } from './live.ts';

const up = live('full', runShell);
const code = (wanted: string) => (thrown: unknown) => isHozonError(thrown, wanted);
const pod = () => ({ namespace: up().namespace, name: 'shell' });

/** Text as a command's input, in pieces. */
async function* pieces(...texts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

/** A pod that writes three lines to its log and echoes what comes to its port 7000. */
async function runShell({ client, namespace }: Live): Promise<void> {
  await client.create(podType, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'shell', namespace },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'main',
          image: 'hozon.dev/busybox:1',
          imagePullPolicy: 'Never',
          command: ['sh', '-c', 'echo first; echo second; echo third; exec nc -ll -p 7000 -e cat'],
        },
      ],
    },
  });
  for await (const event of client.watch(podType, { namespace, signal: AbortSignal.timeout(180_000) })) {
    if (event.type === 'BOOKMARK') continue;
    const { phase } = event.object['status'] as { phase?: string };
    if (phase === 'Running') break;
  }
  let log = '';
  for await (const chunk of client.logs({ namespace, name: 'shell' }, { follow: true })) {
    log += Buffer.from(chunk).toString();
    if (log.includes('third')) break;
  }
}

suite('exec', () => {
  test('gives output, error output and exit code apart', async () => {
    const result = await up().client.exec(pod(), {
      command: ['sh', '-c', 'echo out; echo err >&2; exit 42'],
    });
    assert.deepEqual(result, { exitCode: 42, stdout: 'out\n', stderr: 'err\n' });
    assert.equal((await up().client.exec(pod(), { command: ['true'], container: 'main' })).exitCode, 0);
  });

  test('tells the command where its input ends', async () => {
    const result = await up().client.exec(pod(), { command: ['wc', '-c'], stdin: pieces('ab', '', 'cde') });
    assert.deepEqual(result, { exitCode: 0, stdout: '5\n', stderr: '' });
  });

  test('carries bytes unchanged, much more than any buffer, at the reader’s pace', async () => {
    const block = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));
    const blocks = 40;
    let received = Buffer.alloc(0);
    const { exitCode } = await up().client.exec(pod(), {
      command: ['cat'],
      stdin: pieces(...Array.from({ length: blocks }, () => block)),
      stdout: async chunk => {
        received = Buffer.concat([received, chunk]);
        await new Promise(setImmediate);
      },
    });
    assert.equal(exitCode, 0);
    assert.equal(received.length, block.length * blocks);
    assert.ok(received.subarray(-block.length).equals(block));
  });

  test('collects at most 1 MiB and says so', async () => {
    const { stdout, truncated } = await up().client.exec(pod(), {
      command: ['sh', '-c', 'yes | head -c 3000000'],
    });
    assert.equal(stdout.length, 1024 * 1024);
    assert.equal(truncated, true);
  });

  test('a command that ends before its input does not wait for it', async () => {
    const { promise: never } = Promise.withResolvers<Uint8Array>();
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('line\n');
      yield await never;
    }
    const result = await up().client.exec(pod(), { command: ['head', '-n', '1'], stdin: endless() });
    assert.deepEqual(result, { exitCode: 0, stdout: 'line\n', stderr: '' });
  });

  test('an input that fails fails the exec', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x');
      throw new Error('disk on fire');
    }
    await assert.rejects(up().client.exec(pod(), { command: ['cat'], stdin: broken() }), /disk on fire/);
  });

  test('an abort rejects with its reason and ends the connection', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const running = up().client.exec(pod(), {
      command: ['sh', '-c', 'echo on; exec sleep 1000'],
      stdout: () => abort.abort(reason),
      signal: abort.signal,
    });
    await assert.rejects(running, thrown => thrown === reason);
  });

  test('what cannot be run is told', async () => {
    const { client, namespace } = up();
    await assert.rejects(client.exec(pod(), { command: ['/no/such'] }), code('kube.exec-failed'));
    await assert.rejects(
      client.exec({ namespace, name: 'absent' }, { command: ['true'] }),
      code('kube.not-found'),
    );
    await assert.rejects(
      client.exec(pod(), { command: ['true'], container: 'absent' }),
      code('kube.rejected'),
    );
  });

  test('sixteen at once', async () => {
    const results = await Promise.all(
      Array.from({ length: 16 }, (_, index) => up().client.exec(pod(), { command: ['echo', String(index)] })),
    );
    assert.deepEqual(
      results.map(result => result.stdout.trim()),
      results.map((_, index) => String(index)),
    );
  });
});

suite('logs', () => {
  const text = async (chunks: AsyncIterable<Uint8Array>): Promise<string> =>
    Buffer.concat(await Array.fromAsync(chunks)).toString();

  test('whole, the last lines, with times', async () => {
    const { client } = up();
    assert.equal(await text(client.logs(pod())), 'first\nsecond\nthird\n');
    assert.equal(await text(client.logs(pod(), { tailLines: 1, container: 'main' })), 'third\n');
    assert.match(
      await text(client.logs(pod(), { tailLines: 1, timestamps: true })),
      /^\d{4}-\d\d-\d\dT\S+Z third\n$/,
    );
  });

  test('followed until the reader leaves or the signal aborts', async () => {
    const { client } = up();
    for await (const chunk of client.logs(pod(), { follow: true })) {
      assert.ok(chunk.length > 0);
      break;
    }
    const abort = new AbortController();
    const reading = (async () => {
      for await (const _ of client.logs(pod(), { follow: true, signal: abort.signal }))
        abort.abort(new Error('enough'));
    })();
    await assert.rejects(reading, /enough/);
  });

  test('of nothing', async () => {
    const { client, namespace } = up();
    await assert.rejects(text(client.logs({ namespace, name: 'absent' })), code('kube.not-found'));
    await assert.rejects(text(client.logs(pod(), { previous: true })), code('kube.rejected'));
  });
});

suite('port-forward', () => {
  test('carries bytes both ways', async () => {
    const connection = await up().client.portForward(pod(), 7000);
    const sent = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 253));
    connection.write(sent);
    let received = Buffer.alloc(0);
    for await (const chunk of connection) {
      received = Buffer.concat([received, chunk as Buffer]);
      if (received.length >= sent.length) break;
    }
    assert.ok(received.equals(sent));
    assert.ok(connection.destroyed);
  });

  test('a port on which nobody listens fails the connection', async () => {
    const connection = await up().client.portForward(pod(), 7001);
    const [thrown] = (await once(connection.resume(), 'error')) as [unknown];
    assert.ok(isHozonError(thrown, 'kube.port-forward-failed'), String(thrown));
  });

  test('a pod that is not there', async () => {
    const { client, namespace } = up();
    await assert.rejects(client.portForward({ namespace, name: 'absent' }, 80), code('kube.not-found'));
  });
});
