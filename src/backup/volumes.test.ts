import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { BackupSpec } from '#api/velero/backup.ts';
import { createRunReport } from '#archive/runs/run-report.ts';
import { systemClock } from '#foundation/clock.ts';
import type { KubeObject } from '#kube/objects.ts';
import { objectOf, sampleType, typeNamed } from './testing/types.ts';
import { unsupported } from './unsupported.ts';
import { DataLedger } from './volumes.ts';

const claims = sampleType('persistentvolumeclaims');
const volumes = sampleType('persistentvolumes');
const pods = sampleType('pods');
const streams = typeNamed('imagestreams.image.openshift.io', 'ImageStream');

const claim = (name: string, volumeName?: string): KubeObject =>
  objectOf(claims, { namespace: 'shop', name }, { spec: { volumeName } });

const volume = (name: string): KubeObject =>
  objectOf(
    volumes,
    { name, labels: { disk: 'fast' } },
    { spec: { persistentVolumeReclaimPolicy: 'Retain' } },
  );

const pod = (name: string, specVolumes: unknown[], annotations: Record<string, string> = {}): KubeObject =>
  objectOf(pods, { namespace: 'shop', name, annotations }, { spec: { volumes: specVolumes } });

function finished(spec: BackupSpec, note: (ledger: DataLedger) => void) {
  const report = createRunReport(systemClock);
  const ledger = new DataLedger(spec);
  note(ledger);
  const infos = ledger.finish(report);
  const warnings = report.findings.map(
    ({ severity, subject }) => `${severity} ${subject?.resource} ${subject?.namespace}/${subject?.name}`,
  );
  return { infos, warnings, report };
}

suite('data that is not captured', () => {
  test('is warned of once a volume, with an entry that says so', () => {
    const { infos, warnings } = finished({}, ledger => {
      ledger.note({ type: claims, object: claim('data', 'pv-1') });
      ledger.note({ type: volumes, object: volume('pv-1') });
      ledger.note({ type: claims, object: claim('waiting') });
      ledger.note({ type: volumes, object: volume('pv-2') });
    });
    assert.deepEqual(warnings, [
      'warning persistentvolumeclaims shop/data',
      'warning persistentvolumes undefined/pv-2',
    ]);
    const reason = 'this version does not capture volume data';
    const skipped = {
      snapshotDataMoved: false,
      preserveLocalSnapshot: false,
      skipped: true,
      skippedReason: reason,
    };
    const pvInfo = { reclaimPolicy: 'Retain', labels: { disk: 'fast' } };
    assert.deepEqual(infos, [
      { pvcName: 'data', pvcNamespace: 'shop', pvName: 'pv-1', ...skipped, pvInfo },
      { pvName: 'pv-2', ...skipped, pvInfo },
    ]);
  });

  test('was not meant to be captured where snapshotVolumes is false', () => {
    const { infos, warnings } = finished({ snapshotVolumes: false }, ledger => {
      ledger.note({ type: claims, object: claim('data', 'pv-1') });
      ledger.note({ type: volumes, object: volume('pv-2') });
    });
    assert.deepEqual(warnings, []);
    assert.deepEqual(
      infos.map(({ pvName, skipped, skippedReason }) => [pvName, skipped, skippedReason]),
      [
        ['pv-1', true, 'volume data was not asked for (snapshotVolumes is false)'],
        ['pv-2', true, 'volume data was not asked for (snapshotVolumes is false)'],
      ],
    );
  });

  test('is what a pod asks file system backup for, claims and others', () => {
    const { infos, warnings } = finished({ snapshotVolumes: false }, ledger => {
      const own = [
        { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
        { name: 'scratch', emptyDir: {} },
        { name: 'other', emptyDir: {} },
      ];
      ledger.note({
        type: pods,
        object: pod('web', own, { 'backup.velero.io/backup-volumes': 'data, scratch' }),
      });
      ledger.note({ type: claims, object: claim('data', 'pv-1') });
    });
    assert.deepEqual(warnings, ['warning persistentvolumeclaims shop/data', 'warning pods shop/web']);
    assert.deepEqual(
      infos.map(info => info.pvbInfo?.volumeName ?? info.pvName),
      ['pv-1', 'scratch'],
    );
  });

  test('is every volume of pods that holds data, where the Backup asks for all', () => {
    const { warnings, infos } = finished(
      { defaultVolumesToFsBackup: true, snapshotVolumes: false },
      ledger => {
        const own = [
          { name: 'scratch', emptyDir: {} },
          { name: 'left-out', emptyDir: {} },
          { name: 'host', hostPath: { path: '/' } },
          { name: 'token', projected: {} },
          { name: 'secret', secret: {} },
          { name: 'config', configMap: {} },
          { name: 'info', downwardAPI: {} },
          { name: 'made', ephemeral: {} },
        ];
        ledger.note({
          type: pods,
          object: pod('web', own, { 'backup.velero.io/backup-volumes-excludes': 'left-out' }),
        });
        ledger.note({ type: claims, object: claim('web-made', 'pv-1') });
      },
    );
    assert.deepEqual(warnings, ['warning persistentvolumeclaims shop/web-made', 'warning pods shop/web']);
    assert.equal(infos.length, 2);
  });

  test('is images in the cluster, named by tag', () => {
    const stream = (name: string, repository: string | undefined, references: string[]) =>
      objectOf(
        streams,
        { namespace: 'shop', name },
        {
          status: {
            dockerImageRepository: repository,
            tags: references.map((dockerImageReference, index) => ({
              tag: `t${index}`,
              items: [{ dockerImageReference }],
            })),
          },
        },
      );
    const { warnings, report } = finished({ snapshotVolumes: false }, ledger => {
      const host = '10.1.2.3:5000';
      const own = [`${host}/shop/web@sha256:0`, 'elsewhere.example/web@sha256:1'];
      ledger.note({ type: streams, object: stream('web', `${host}/shop/web`, own) });
      ledger.note({
        type: streams,
        object: stream('imported', `${host}/shop/imported`, ['elsewhere.example/x']),
      });
      const service = 'image-registry.openshift-image-registry.svc:5000/shop/x@sha256:2';
      ledger.note({ type: streams, object: stream('unexposed', undefined, [service]) });
      ledger.note({ type: streams, object: objectOf(streams, { namespace: 'shop', name: 'empty' }) });
    });
    assert.deepEqual(warnings, [
      'warning imagestreams.image.openshift.io shop/web',
      'warning imagestreams.image.openshift.io shop/unexposed',
    ]);
    assert.match(report.findings[0]?.text.en() ?? '', /not in the backup: t0$/);
  });
});

suite('what a Backup asks for beyond this version', () => {
  test('is named, field by field', () => {
    const spec = {
      snapshotMoveData: true,
      datamover: 'velero',
      defaultVolumesToFsBackup: true,
      defaultVolumesToRestic: true,
      uploaderConfig: { parallelFilesUpload: 4 },
      volumeSnapshotLocations: ['aws'],
    };
    const texts = unsupported(spec).map(each => each.en());
    assert.deepEqual(
      texts.map(text => text.split(' ')[0]),
      Object.keys(spec).map(field => `spec.${field}`),
    );
  });

  test('is nothing where it asks for nothing', () => {
    const spec = {
      snapshotMoveData: false,
      datamover: '',
      uploaderConfig: {},
      volumeSnapshotLocations: null,
    };
    assert.deepEqual(unsupported(spec), []);
  });
});
