import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { clientOf, sharedCluster, uniqueNamespace } from '#testbed/shared.ts';

const run = promisify(execFile);
const main = resolve(import.meta.dirname, '../../src/cli/main.ts');

test('a project is exported and imported under another name from the command line', async () => {
  const cluster = await sharedCluster('light');
  await using client = await clientOf(cluster);
  await using source = await uniqueNamespace(client, 'export');
  const home = await mkdtemp(join(tmpdir(), 'hozon-project-'));
  const hozon = (...args: string[]) =>
    run(process.execPath, [main, 'project', ...args, '--kubeconfig', cluster.kubeconfig], {
      env: { ...process.env, HOME: home, XDG_CONFIG_HOME: home, LC_ALL: 'C' },
    });
  const configMaps = (await client.discover()).byName('configmaps');
  const namespaces = (await client.discover()).byName('namespaces');
  assert.ok(configMaps !== undefined && namespaces !== undefined);
  const copy = `${source.name}-copy`;
  try {
    await client.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'greeting', namespace: source.name },
      data: { text: 'yes' },
    });
    const directory = join(home, 'out');
    const exported = await hozon('export', source.name, '--directory', directory, '-o', 'json');
    assert.equal((JSON.parse(exported.stdout) as { complete: boolean }).complete, true);
    assert.match(await readFile(join(directory, 'configmaps.yaml'), 'utf8'), /name: greeting/);

    const planned = await hozon('import', directory, '--as', copy, '--dry-run');
    assert.match(planned.stdout, /ConfigMap greeting +would be created/);
    assert.equal(await client.get(namespaces, { name: copy }), undefined);

    const imported = await hozon('import', directory, '--as', copy);
    assert.match(imported.stdout, /ConfigMap greeting +created/);
    const restored = await client.get(configMaps, { namespace: copy, name: 'greeting' });
    assert.deepEqual(restored?.['data'], { text: 'yes' });

    await assert.rejects(hozon('import', directory, '--as', copy), {
      code: 1,
      stderr: /projects\.project-exists/,
    });
  } finally {
    await client.delete(namespaces, { name: copy });
    await rm(home, { recursive: true });
  }
});
