import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import type { ExecOptions, ExecResult } from '#kube/api.ts';
import { abortable } from '#storage/bodies.ts';
import { type PodExecSource, podExecSource } from './pod-exec-source.ts';
import type { PodLayout } from './pod-layout.ts';

const layout: PodLayout = {
  container: 'etcd',
  port: 2379,
  secure: false,
  endpoint: 'http://localhost:2379',
  dataDir: '/var/lib/etcd',
  tls: [],
};

const well: ExecResult = { exitCode: 0, stdout: '', stderr: '' };

interface Pod {
  readonly source: PodExecSource;
  /** What was run, without its variables. */
  readonly ran: string[][];
}

/** A pod whose commands end as told; the others say what a shell would. */
function pod(answers: Record<string, (options: ExecOptions) => Promise<ExecResult>>, stallMs?: number): Pod {
  const ran: string[][] = [];
  const usual: typeof answers = {
    stat: async () => ({ ...well, stdout: '4096\n' }),
    df: async () => ({ ...well, stdout: 'Filesystem\n/dev/sda 100000 1 99999 1% /\n' }),
  };
  const exec = (_: unknown, options: ExecOptions): Promise<ExecResult> => {
    const words = options.command.filter(word => word !== 'env' && !word.startsWith('ETCDCTL_'));
    ran.push(words);
    const name = words[0] === 'etcdctl' ? words.slice(0, 3).join(' ') : (words[0] ?? '');
    return ({ ...usual, ...answers }[name] ?? (async () => well))(options);
  };
  const key = { namespace: 'kube-system', name: 'etcd-0' };
  return { source: podExecSource({ api: { exec }, pod: key, layout, tls: undefined, stallMs }), ran };
}

test('a stream that is aborted is settled when what it wrote is removed', async () => {
  const controller = new AbortController();
  const removal = Promise.withResolvers<ExecResult>();
  const begun = Promise.withResolvers<void>();
  const { source, ran } = pod({
    async cat({ stdout, signal }) {
      await stdout?.(Buffer.from('bytes'));
      const { promise, reject } = Promise.withResolvers<ExecResult>();
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      return promise;
    },
    rm: () => {
      begun.resolve();
      return removal.promise;
    },
  });
  const { signal } = controller;
  const read = async (): Promise<void> => {
    for await (const _ of abortable(source.open({ signal }), signal)) controller.abort(new Error('stop'));
  };
  await assert.rejects(read(), /stop/);
  const order: string[] = [];
  const settling = source.settled().finally(() => order.push('settled'));
  await begun.promise;
  order.push('removed');
  removal.resolve(well);
  await settling;
  assert.deepEqual(order, ['removed', 'settled']);
  const [, , directory] = ran.find(([name]) => name === 'rm') ?? [];
  assert.match(directory ?? '', /^\/var\/lib\/etcd\/hozon-snapshot-[0-9a-f]+$/);
  assert.ok(ran.some(([name, , path]) => name === 'etcdctl' && path === 'save'));
});

test('a source that was never opened, or was read to its end, is settled', async () => {
  const { source } = pod({
    async cat({ stdout }) {
      await stdout?.(Buffer.from('bytes'));
      return well;
    },
  });
  await source.settled();
  assert.equal(Buffer.concat(await Array.fromAsync(source.open({}))).toString(), 'bytes');
  await source.settled();
});

test('a member that does not answer is not waited for by the snapshot', async () => {
  const { source, ran } = pod({
    'etcdctl endpoint status': async () => ({ ...well, exitCode: 1, stderr: 'context deadline exceeded' }),
  });
  await assert.rejects(
    Array.fromAsync(source.open({})),
    thrown => isHozonError(thrown, 'etcd.pod-command-failed') && /deadline/.test(thrown.message),
  );
  assert.ok(!ran.some(words => words.includes('save')));
  assert.equal(ran.at(-1)?.[0], 'rm');
});

/** Says nothing until it is ended. */
function forEver({ signal }: ExecOptions): Promise<ExecResult> {
  const { promise, reject } = Promise.withResolvers<ExecResult>();
  signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}

for (const command of ['etcdctl snapshot save', 'cat', 'etcdctl endpoint health']) {
  test(`a member that stalls at \`${command}\` is given up, and what it wrote is removed`, async () => {
    const { source, ran } = pod({ [command]: forEver }, 40);
    await assert.rejects(
      Array.fromAsync(source.open({})),
      thrown => isHozonError(thrown, 'etcd.pod-stalled') && thrown.message.includes('0.04 s'),
    );
    assert.equal(ran.at(-1)?.[0], 'rm');
  });
}

test('a member that is slow is waited for as long as its file grows', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  try {
    let looks = 0;
    const written = Promise.withResolvers<ExecResult>();
    const saving = Promise.withResolvers<void>();
    const { source } = pod(
      {
        async stat({ command }) {
          if (command.length === 4) return { ...well, stdout: '4096\n' };
          if (++looks === 20) written.resolve(well);
          return { ...well, exitCode: 1, stdout: `${looks * 4096}\n` }; // the final name is not there yet
        },
        'etcdctl snapshot save'() {
          saving.resolve();
          return written.promise;
        },
        async cat({ stdout }) {
          await stdout?.(Buffer.from('bytes'));
          return well;
        },
      },
      4000,
    );
    const reading = Array.fromAsync(source.open({}));
    await saving.promise;
    for (let turn = 0; turn < 30; turn++) {
      mock.timers.tick(1000);
      await new Promise(resolve => setImmediate(resolve));
    }
    assert.equal(Buffer.concat(await reading).toString(), 'bytes');
  } finally {
    mock.timers.reset();
  }
});
