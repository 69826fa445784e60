import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '#kube/client/client.ts';
import { startCluster } from '#testbed/cluster/cluster.ts';
import { silent } from '#testbed/narration.ts';
import { run, runOk } from '#testbed/processes.ts';
import { readState } from '#testbed/state.ts';
import { leftovers } from './leftovers.ts';

const testbed = join(import.meta.dirname, '../../testbed');

describe('the testbed', () => {
  it('runs clusters side by side that know nothing of each other, and leaves nothing', async () => {
    const [one, two] = await Promise.all([
      startCluster({ mode: 'light', narrate: silent }),
      startCluster({ mode: 'light', narrate: silent }),
    ]);
    try {
      assert.notEqual(one.server, two.server);
      await using client = await connect({ kubeconfig: one.kubeconfig });
      await using other = await connect({ kubeconfig: two.kubeconfig });
      const namespaces = (await client.discover()).byName('namespaces');
      assert.ok(namespaces);
      await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'mine' } });
      assert.equal(await other.get(namespaces, { name: 'mine' }), undefined);
      const stranger = await run([
        two.kubectl,
        '--kubeconfig',
        one.kubeconfig,
        '--server',
        two.server,
        'get',
        'ns',
      ]);
      assert.notEqual(stranger.exitCode, 0);
    } finally {
      await Promise.all([one.stop(), two.stop()]);
      await one.stop();
    }
    assert.deepEqual(await leftovers(one.dir, one.slot), []);
    assert.deepEqual(await leftovers(two.dir, two.slot), []);
  });

  it('leaves nothing of a cluster with pods when it is told to stop', async () => {
    const cluster = await startCluster({ narrate: silent });
    await runSomePod(cluster.kubectl, cluster.kubeconfig);
    assert.notDeepEqual(await leftovers(cluster.dir, cluster.slot), []);
    await cluster.stop();
    assert.deepEqual(await leftovers(cluster.dir, cluster.slot), []);
  });

  it('leaves nothing of a killed owner once the next one starts, and goes down on command', async () => {
    await using base = await ownBase();
    const up = await runOk([process.execPath, join(testbed, 'up.ts'), '--name', 'crash'], { env: base.env });
    const state = await readState(join(base.dir, 'crash.json'));
    assert.ok(state?.cluster);
    const { cluster, objectStore } = state;
    assert.match(up, new RegExp(`KUBECONFIG='${cluster.kubeconfig}'`));
    await runSomePod(cluster.kubectl, cluster.kubeconfig);
    process.kill(state.owner.pid, 'SIGKILL');
    assert.notDeepEqual(await leftovers(cluster.dir, cluster.slot), []);

    await runOk([process.execPath, join(testbed, 'up.ts'), '--light', '--name', 'next'], { env: base.env });
    const next = await readState(join(base.dir, 'next.json'));
    assert.ok(next?.cluster);
    const reused = [next.cluster.slot, next.objectStore.slot].includes(cluster.slot);
    if (!reused) assert.deepEqual(await leftovers(cluster.dir, cluster.slot), []);
    assert.equal(existsSync(join(cluster.dir, 'kubelet')), false);
    assert.equal(existsSync(join(base.dir, 'crash.json')), false);

    await runOk([process.execPath, join(testbed, 'down.ts')], { env: base.env });
    for (const { dir, slot } of [cluster, objectStore, next.cluster, next.objectStore]) {
      assert.deepEqual(await leftovers(dir, slot), []);
    }
    assert.equal(existsSync(base.dir), false);
  });

  it('ends with the process that shares it, even one that is killed', async () => {
    await using base = await ownBase();
    const program = `
      import { sharedObjectStore } from '#testbed/shared.ts';
      const store = await sharedObjectStore();
      console.log(JSON.stringify(store));
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
      cwd: join(testbed, '..'),
      env: { ...process.env, HOZON_TESTBED: '', ...base.env },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const store = JSON.parse(await firstLine(child)) as { dir: string; slot: number };
    assert.ok(existsSync(store.dir));
    child.kill('SIGKILL');
    while (existsSync(base.dir)) await delay(50); // it is nobody's child by now: only what it removes can be seen
    assert.deepEqual(await leftovers(store.dir, store.slot), []);
  });

  it('runs tests with a testbed and exits as they do', async () => {
    await using base = await ownBase();
    await using scratch = await directory();
    const test = join(scratch.dir, 'x.test.mjs');
    const source = `import { readFileSync } from 'node:fs'; import { test } from 'node:test';
      test('x', () => { const state = JSON.parse(readFileSync(process.env.HOZON_TESTBED, 'utf8')); if (state.extent !== 'light') throw new Error(state.extent); if (process.argv.includes('x')) throw new Error('told to fail'); });`;
    await runOk(['sh', '-c', 'cat > "$0"', test], { stdin: source });
    const command = [process.execPath, join(testbed, 'run-tests.ts'), '--light', test];
    const env = { ...base.env, NODE_TEST_CONTEXT: undefined };
    assert.equal((await run(command, { env })).exitCode, 0);
    await runOk(['sed', '-i', "s/process.argv.includes('x')/true/", test]);
    assert.equal((await run(command, { env })).exitCode, 1);
    assert.equal(existsSync(base.dir), false);
  });
});

async function runSomePod(kubectl: string, kubeconfig: string): Promise<void> {
  const volumes = [{ name: 'scratch', emptyDir: { medium: 'Memory' } }];
  const volumeMounts = [{ name: 'scratch', mountPath: '/scratch' }];
  const container = { name: 'main', image: 'hozon.dev/busybox:1', imagePullPolicy: 'Never', volumeMounts };
  const spec = { containers: [{ ...container, command: ['sleep', '3600'] }], volumes };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'sleeper' }, spec };
  const command = [kubectl, '--kubeconfig', kubeconfig];
  await runOk([...command, 'apply', '-f', '-'], { stdin: JSON.stringify(pod) });
  await runOk([...command, 'wait', '--for=condition=Ready', 'pod/sleeper', '--timeout=180s']);
}

interface Directory extends AsyncDisposable {
  readonly dir: string;
}

async function directory(): Promise<Directory> {
  const dir = await mkdtemp(join(tmpdir(), 'hozon-'));
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}

/** A directory for testbeds of its own, so that a sweep of this test is not one of another's. */
async function ownBase(): Promise<Directory & { env: Record<string, string> }> {
  const base = await directory();
  const env = { HOZON_TESTBED_DIR: base.dir };
  return {
    ...base,
    env,
    [Symbol.asyncDispose]: async () => {
      await run([process.execPath, join(testbed, 'down.ts')], { env });
      await base[Symbol.asyncDispose]();
    },
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  assert.ok(child.stdout);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return line;
}
