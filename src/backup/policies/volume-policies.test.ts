import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { bigInt, assert as check, constantFrom, option, property } from 'fast-check';
import type { KubeObject } from '#kube/objects.ts';
import { policiesOf, policiesRead } from '../testing/policies.ts';
import { factsOfClaim, factsOfPodVolume, factsOfVolume, unknownVolume } from './volume-facts.ts';
import { actionOn } from './volume-policies.ts';

const volume = (spec: object): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'pv' },
  spec,
});

const claim = (spec: object, labels: Record<string, string> = {}, phase = 'Bound'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', namespace: 'shop', labels },
  spec,
  status: { phase },
});

/** Whether a policy with these conditions, as YAML, is for the volume and its claim. */
function isMeant(conditions: string, spec: object, of?: KubeObject): boolean {
  const { volumes } = policiesOf(`volumePolicies: [{conditions: {${conditions}}, action: {type: skip}}]`);
  return actionOn(volumes, factsOfVolume(volume(spec)), of && factsOfClaim(of)) === 'skip';
}

const sized = (storage: string) => ({ capacity: { storage } });
const nfs = { nfs: { server: 's', path: '/p' } };
const csi = { csi: { driver: 'd', volumeHandle: 'h', volumeAttributes: { pool: 'a', tier: 'b' } } };

suite('a condition on the volume', () => {
  const cases: readonly (readonly [string, object, boolean])[] = [
    ['', {}, true],
    ['capacity: ""', sized('1Ti'), true],
    ['capacity: ","', sized('1Ti'), true],
    ['capacity: "10Gi,20Gi"', sized('10Gi'), true],
    ['capacity: " 10Gi , 20Gi "', sized('20Gi'), true],
    ['capacity: "10Gi,20Gi"', sized('10G'), false],
    ['capacity: "10Gi,20Gi"', sized('21474836481'), false],
    ['capacity: "10Gi,"', sized('10Gi'), true],
    ['capacity: "10Gi,0"', sized('1Pi'), true],
    ['capacity: "10Gi,"', sized('10239Mi'), false],
    ['capacity: ",5Gi"', sized('5120Mi'), true],
    ['capacity: "0,5Gi"', sized('5.1Gi'), false],
    ['capacity: ",5Gi"', {}, true],
    ['storageClass: []', {}, true],
    ['storageClass: [fast, slow]', { storageClassName: 'slow' }, true],
    ['storageClass: [fast, slow]', { storageClassName: 'other' }, false],
    ['storageClass: [""]', {}, false],
    ['nfs: {}', nfs, true],
    ['nfs: {}', csi, false],
    ['nfs: {server: s}', nfs, true],
    ['nfs: {server: x}', nfs, false],
    ['nfs: {path: /p}', nfs, true],
    ['nfs: {server: s, path: /p}', nfs, true],
    ['nfs: {server: x, path: /p}', nfs, false],
    ['nfs: {server: s, path: /p/q}', nfs, false],
    ['csi: {}', csi, true],
    ['csi: {}', nfs, false],
    ['csi: {driver: d}', csi, true],
    ['csi: {driver: e}', csi, false],
    ['csi: {driver: d, volumeAttributes: {pool: a}}', csi, true],
    ['csi: {driver: d, volumeAttributes: {pool: a, tier: c}}', csi, false],
    ['csi: {driver: d, volumeAttributes: {pool: a}}', { csi: { driver: 'd' } }, false],
    ['volumeTypes: [nfs]', nfs, true],
    ['volumeTypes: [nfs, csi]', csi, true],
    ['volumeTypes: [hostPath, local]', nfs, false],
    ['volumeTypes: [storageOS]', { storageos: {} }, true],
    ['volumeTypes: [awsElasticBlockStore]', { awsElasticBlockStore: { volumeID: 'v' } }, true],
    ['volumeTypes: [awsAzureDisk]', { azureDisk: {} }, false],
    ['capacity: "1Gi,", storageClass: [fast]', { ...sized('1Gi'), storageClassName: 'fast' }, true],
    ['capacity: "1Gi,", storageClass: [fast]', { ...sized('1Gi'), storageClassName: 'slow' }, false],
    ['capacity: "1Gi,", storageClass: [fast]', { ...sized('1Mi'), storageClassName: 'fast' }, false],
  ];
  for (const [conditions, spec, expected] of cases) {
    test(`{${conditions}} ${expected ? 'means' : 'does not mean'} ${JSON.stringify(spec)}`, () => {
      assert.equal(isMeant(conditions, spec), expected);
    });
  }
});

suite('a condition on the claim', () => {
  const labelled = claim({}, { app: 'db', tier: 'back' });
  const shared = claim({ accessModes: ['ReadWriteMany', 'ReadOnlyMany'], volumeMode: 'Block' });
  const cases: readonly (readonly [string, KubeObject | undefined, boolean])[] = [
    ['pvcLabels: {}', undefined, true],
    ['pvcLabels: {app: db}', labelled, true],
    ['pvcLabels: {app: db, tier: back}', labelled, true],
    ['pvcLabels: {app: db, tier: front}', labelled, false],
    ['pvcLabels: {app: db}', undefined, false],
    ['pvcLabels: {constructor: x}', labelled, false],
    ['pvcPhase: [Bound]', labelled, true],
    ['pvcPhase: [Pending, Lost]', labelled, false],
    ['pvcPhase: [Bound]', undefined, false],
    ['pvcPhase: [""]', claim({}, {}, ''), false],
    ['pvcVolumeMode: Block', shared, true],
    ['pvcVolumeMode: Filesystem', shared, false],
    ['pvcVolumeMode: Block', undefined, false],
    ['pvcVolumeMode: ""', undefined, true],
    ['pvcAccessModes: [ReadOnlyMany, ReadWriteMany]', shared, true],
    ['pvcAccessModes: [ReadWriteMany]', shared, false],
    ['pvcAccessModes: [ReadWriteMany, ReadWriteMany]', shared, false],
    ['pvcAccessModes: [ReadWriteOnce, ReadOnlyMany]', shared, false],
    ['pvcAccessModes: [ReadWriteMany]', undefined, false],
    ['pvcAccessModes: []', undefined, true],
  ];
  for (const [conditions, of, expected] of cases) {
    test(`{${conditions}} ${expected ? 'means' : 'does not mean'} ${JSON.stringify(of?.metadata.labels)}`, () => {
      assert.equal(isMeant(conditions, {}, of), expected);
    });
  }
});

suite('volume policies', () => {
  test('act by the first one whose conditions all hold', () => {
    const { volumes } = policiesOf(`
volumePolicies:
- {conditions: {storageClass: [fast], capacity: "1Gi,"}, action: {type: snapshot}}
- {conditions: {storageClass: [fast]}, action: {type: skip}}
- {conditions: {pvcLabels: {keep: "no"}}, action: {type: skip}}
- {conditions: {nfs: {}}, action: {type: fs-backup}}
`);
    const action = (spec: object, labels: Record<string, string> = {}) =>
      actionOn(volumes, factsOfVolume(volume(spec)), factsOfClaim(claim({}, labels)));
    assert.equal(action({ storageClassName: 'fast', ...sized('2Gi') }), 'snapshot');
    assert.equal(action({ storageClassName: 'fast', ...sized('1Mi') }), 'skip');
    assert.equal(action({ storageClassName: 'slow' }), undefined);
    assert.equal(action(nfs), 'fs-backup');
    assert.equal(action(nfs, { keep: 'no' }), 'skip');
    assert.equal(actionOn(volumes, factsOfPodVolume({ name: 'x', ...nfs })), 'fs-backup');
    assert.equal(actionOn(volumes, factsOfPodVolume({ name: 'x', emptyDir: {} })), undefined);
    assert.equal(actionOn(volumes, unknownVolume, factsOfClaim(claim({}, { keep: 'no' }))), 'skip');
    assert.equal(actionOn([], unknownVolume), undefined);
  });

  const size = bigInt({ min: 1n, max: 10n ** 21n });
  const units = [
    ['', 1n],
    ['k', 1000n],
    ['Ki', 1024n],
    ['Gi', 1024n ** 3n],
  ] as const;

  test('compare capacities exactly, in whatever units they are written', () => {
    const unit = constantFrom(...units);
    check(
      property(option(size), option(size), size, unit, (low, high, actual, [suffix, factor]) => {
        const sections = `volumePolicies: [{conditions: {capacity: "${low ?? ''}${suffix},${high ?? ''}${suffix}"}, action: {type: skip}}]`;
        const text = sections.replaceAll(new RegExp(`(["",])${suffix}(?=[",])`, 'g'), '$1');
        const { document, problems } = policiesRead(text);
        const isBackwards = low !== null && high !== null && high < low;
        assert.equal(problems.length, isBackwards ? 1 : 0, text);
        if (isBackwards) return;
        const isWithin =
          (low === null || actual >= low * factor) && (high === null || actual <= high * factor);
        const facts = factsOfVolume(volume(sized(String(actual))));
        assert.equal(actionOn(document.volumes, facts) === 'skip', isWithin, text);
      }),
    );
  });
});
