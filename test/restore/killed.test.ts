import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { readRestore } from '#archive/restores.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeObject } from '#kube/objects.ts';
import { namespaces } from '#testbed/cluster/types.ts';
import { type ApiServerFaults, startApiServerFaults } from '#testbed/faults/targets.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';
import { uniqueName } from '#testbed/shared.ts';
import { rounds } from '#testbed/soak.ts';
import { KilledRuns, kill, opened, succeed } from '../backup/killed-runs.ts';

const names = Array.from({ length: 12 }, (_, index) => `settings-${index}`);

let runs: KilledRuns;
let faults: ApiServerFaults;
let url = '';
/** Writes that an undisturbed restore asks of the API server. */
let writes = 0;
const made: string[] = [];

before(async () => {
  runs = await KilledRuns.start({ large: false });
  faults = await startApiServerFaults(runs.cluster);
  const configMaps = await typeNamed(runs.client, 'configmaps');
  for (const name of names) {
    const metadata = { name, namespace: runs.small };
    await runs.client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { name } });
  }
  url = pathToFileURL(await mkdtemp(join(runs.home, 'restores-'))).href;
  await succeed(runs.hozon(url, 'backup', 'create', 'settings', '--include-namespaces', runs.small));
  await succeed(restored('undisturbed', uniqueName('killed')));
  writes = faults.proxy.seen.filter(({ method }) => method !== 'GET').length;
  assert.ok(writes >= names.length);
});

after(async () => {
  for (const name of made) await runs.client.delete(namespaces, { name });
  await faults?.proxy.stop();
  await runs?.[Symbol.asyncDispose]();
});

/** The process that restores into a new namespace, through the proxy. */
function restored(name: string, into: string) {
  made.push(into);
  const mapping = ['--namespace-mappings', `${runs.small}:${into}`];
  return runs.hozonBy(
    faults.kubeconfig,
    url,
    'restore',
    'create',
    name,
    '--from-backup',
    'settings',
    ...mapping,
  );
}

async function configMapsIn(namespace: string): Promise<KubeObject[]> {
  const configMaps = await typeNamed(runs.client, 'configmaps');
  return (await Array.fromAsync(runs.client.list(configMaps, { namespace }))).filter(({ metadata }) =>
    metadata.name.startsWith('settings-'),
  );
}

test('a killed restore is done by another, and the next backup notes in its record that it failed', async () => {
  const kills = rounds(4);
  for (let round = 0; round < kills; round++) {
    const [dead, into] = [`dead-${round}`, uniqueName('killed')];
    const nth = 1 + Math.floor((round * writes) / kills);
    const answered = round % 2 === 0 ? { answerBytes: 0 } : {};
    faults.proxy.setRules([{ name: 'moment', path: into, nth, fault: { kind: 'stall', ...answered } }]);
    const running = restored(dead, into);
    await Promise.race([faults.proxy.untilFired('moment'), running.ended]);
    const killed = await kill(running);
    faults.proxy.setRules([]);
    await succeed(restored(`again-${round}`, into));
    const found = await configMapsIn(into);
    assert.deepEqual(found.map(({ metadata }) => metadata.name).sort(), [...names].sort());
    for (const { metadata, ...rest } of found) assert.deepEqual(rest['data'], { name: metadata.name });
    await using store = await opened(url);
    await runs.next(store, `next-${round}`);
    assert.equal(await phaseOf(dead), killed ? 'Failed' : 'Completed');
    assert.equal(await phaseOf(`again-${round}`), 'Completed');
  }
});

async function phaseOf(name: string): Promise<string | undefined> {
  await using store = await opened(url);
  try {
    return (await readRestore(store, name)).status?.phase;
  } catch (thrown) {
    if (isHozonError(thrown, 'archive.restore-not-found')) return 'none';
    throw thrown;
  }
}
