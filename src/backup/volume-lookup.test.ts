import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { BackupSpec } from '#api/velero/backup.ts';
import { createRunReport } from '#archive/runs/run-report.ts';
import { systemClock } from '#foundation/clock.ts';
import { formatKey, groupResource, type KubeObject } from '#kube/objects.ts';
import { policiesOf } from './testing/policies.ts';
import { objectOf, sampleDiscovery, sampleType } from './testing/types.ts';
import { lookUpVolumes } from './volume-lookup.ts';
import { DataLedger } from './volumes.ts';

const claims = sampleType('persistentvolumeclaims');
const volumes = sampleType('persistentvolumes');
const pods = sampleType('pods');

const claim = (name: string, volumeName: string, labels: Record<string, string> = {}): KubeObject =>
  objectOf(claims, { namespace: 'shop', name, labels }, { spec: { volumeName } });

const volume = (name: string, storageClassName: string, owner?: string): KubeObject =>
  objectOf(
    volumes,
    { name },
    { spec: { storageClassName, ...(owner && { claimRef: { namespace: 'shop', name: owner } }) } },
  );

const pod = (specVolumes: unknown[], annotations: Record<string, string> = {}): KubeObject =>
  objectOf(pods, { namespace: 'shop', name: 'web', annotations }, { spec: { volumes: specVolumes } });

interface Scene {
  readonly policies: string;
  readonly spec?: BackupSpec;
  readonly stored: readonly KubeObject[];
  /** Objects of the cluster that are not in the backup. */
  readonly others?: readonly KubeObject[];
}

const typeOf = ({ kind }: KubeObject) =>
  [claims, volumes, pods].find(type => type.kind === kind) ?? assert.fail(kind);

/** What becomes of each volume: `name: reason`; and who is warned of. */
async function fates({ policies, spec = {}, stored, others = [] }: Scene) {
  const report = createRunReport(systemClock);
  const ledger = new DataLedger(spec, policiesOf(policies).volumes);
  for (const object of stored) ledger.note({ type: typeOf(object), object });
  const asked: string[] = [];
  const found = new Map(
    others.map(object => [`${groupResource(typeOf(object))} ${formatKey(object.metadata)}`, object]),
  );
  await lookUpVolumes(ledger, {
    discovery: sampleDiscovery,
    report,
    api: {
      get: (type, key) => {
        asked.push(`${groupResource(type)} ${formatKey(key)}`);
        return Promise.resolve(found.get(asked.at(-1) ?? ''));
      },
    },
  });
  const infos = ledger.finish(report).map(info => {
    const { pvName, pvbInfo, skippedReason = '' } = info;
    return `${pvName ?? pvbInfo?.volumeName}: ${/policy|false|capture/.exec(skippedReason)?.[0]}`;
  });
  const warned = report.findings.map(({ subject }) => subject?.name);
  return { infos, warned, asked };
}

const skipFast = 'volumePolicies: [{conditions: {storageClass: [fast]}, action: {type: skip}}]';

suite('volume policies of a backup', () => {
  test('leave a volume out without a warning, with the claim or by itself', async () => {
    const stored = [
      claim('data', 'pv-1'),
      volume('pv-1', 'fast'),
      claim('other', 'pv-2'),
      volume('pv-2', 'slow'),
      volume('pv-3', 'fast'),
    ];
    assert.deepEqual(await fates({ policies: skipFast, stored }), {
      infos: ['pv-1: policy', 'pv-2: capture', 'pv-3: policy'],
      warned: ['other'],
      asked: [],
    });
  });

  test('ask for data that the Backup itself does not ask for', async () => {
    for (const action of ['snapshot', 'fs-backup', 'custom']) {
      const policies = `volumePolicies: [{conditions: {storageClass: [fast]}, action: {type: ${action}}}]`;
      const stored = [claim('data', 'pv-1'), volume('pv-1', 'fast'), volume('pv-2', 'slow')];
      const { infos, warned } = await fates({ policies, spec: { snapshotVolumes: false }, stored });
      assert.deepEqual([infos, warned], [['pv-1: capture', 'pv-2: false'], ['data']], action);
    }
  });

  test('win over what a pod asks for, and look at volumes that are no claims', async () => {
    const policies = `
volumePolicies:
- {conditions: {volumeTypes: [emptyDir]}, action: {type: skip}}
- {conditions: {nfs: {server: backed-up}}, action: {type: fs-backup}}
- {conditions: {volumeTypes: [hostPath]}, action: {type: fs-backup}}
- {conditions: {nfs: {}}, action: {type: snapshot}}
- {conditions: {storageClass: [fast]}, action: {type: skip}}
`;
    const own = [
      { name: 'scratch', emptyDir: {} },
      { name: 'unasked', emptyDir: {} },
      { name: 'mine', nfs: { server: 'backed-up', path: '/' } },
      { name: 'theirs', nfs: { server: 'x', path: '/' } },
      { name: 'host', hostPath: { path: '/' } },
      { name: 'claimed', persistentVolumeClaim: { claimName: 'data' } },
    ];
    const annotations = { 'backup.velero.io/backup-volumes': 'scratch,claimed' };
    const stored = [pod(own, annotations), claim('data', 'pv-1'), volume('pv-1', 'fast')];
    const { infos, warned } = await fates({ policies, stored });
    assert.deepEqual(infos, ['pv-1: policy', 'scratch: policy', 'mine: capture']);
    assert.deepEqual(warned, ['web']);
  });

  test('know volumes and claims that the filters leave out of the backup', async () => {
    const ofClaim = 'volumePolicies: [{conditions: {pvcLabels: {keep: "no"}}, action: {type: skip}}]';
    const others = [volume('pv-1', 'fast'), claim('gone', 'pv-2', { keep: 'no' })];
    const stored = [claim('data', 'pv-1'), volume('pv-2', 'slow', 'gone'), volume('pv-3', 'slow', 'lost')];
    const bySize = await fates({ policies: skipFast, stored, others });
    assert.deepEqual(bySize.infos, ['pv-1: policy', 'pv-2: capture', 'pv-3: capture']);
    assert.deepEqual(bySize.asked, [
      'persistentvolumes pv-1',
      'persistentvolumeclaims shop/gone',
      'persistentvolumeclaims shop/lost',
    ]);
    const byLabel = await fates({ policies: ofClaim, stored, others });
    assert.deepEqual(byLabel.infos, ['pv-1: capture', 'pv-2: policy', 'pv-3: capture']);
    assert.deepEqual((await fates({ policies: '', stored, others })).asked, []);
  });
});
