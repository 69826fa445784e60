import { createArchive } from '#archive/contents/archive-writer.ts';
import { beginBackup } from '#archive/runs/backup-run.ts';
import { readRunIdentity } from '#archive/runs/run-identity.ts';
import { createRunReport } from '#archive/runs/run-report.ts';
import { systemClock } from '#foundation/clock.ts';
import type { KubeClient } from '#kube/client/client.ts';
import { parseApiVersion } from '#kube/objects.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { clusterObjects, namespacedObjects } from '#testbed/estate/generated-objects.ts';
import type { EstateShape } from '#testbed/estate/shape.ts';

/** Stores a backup of an estate that was never in a cluster: restoring it is then the only time it is created. */
export async function makeBackup(
  store: ObjectStore,
  shape: EstateShape,
  { client, name }: { readonly client: KubeClient; readonly name: string },
): Promise<void> {
  const discovery = await client.discover();
  const run = await beginBackup(store, name, { identity: await readRunIdentity(), clock: systemClock });
  const archive = createArchive();
  const stored = run.putArchive(archive.bytes);
  for (const object of [clusterObjects(shape), namespacedObjects(shape)].flatMap(each => [...each])) {
    const { group, version } = parseApiVersion(object.apiVersion);
    const type = discovery.byKind(group, version, object.kind);
    if (type === undefined) throw new Error(`the API server has no ${object.kind} in ${object.apiVersion}`);
    await archive.add(type, object);
  }
  await archive.finish();
  await stored;
  const report = createRunReport(systemClock);
  const backup = {
    apiVersion: 'velero.io/v1',
    kind: 'Backup',
    metadata: { name, namespace: 'velero', creationTimestamp: new Date().toISOString() },
    spec: {},
    status: { version: 1, formatVersion: '1.1.0', phase: 'Completed' },
  } as const;
  const files = { log: await report.log(), results: report.results(), resourceList: {}, volumeInfos: [] };
  await run.commit(backup, files);
}
