import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { stringify } from 'yaml';
import { isHozonError } from '#foundation/errors.ts';
import { readManifestText } from './documents.ts';
import { clusterIn, withSnapshotUrl } from './snapshot-url.ts';

const url = 'https://b.s3.eu-west-1.amazonaws.com/prod-snapshot.db?X-Amz-Signature=0a%2F"\'#:&X';

function edit(text: string, name?: string, namespace?: string): string {
  const manifest = readManifestText(text, 'manifest.yaml');
  return withSnapshotUrl(
    manifest,
    clusterIn(manifest, name === undefined ? undefined : { name, namespace }),
    url,
  ).text;
}

function refusal(text: string): string {
  try {
    return edit(text);
  } catch (thrown) {
    return isHozonError(thrown) ? thrown.code : assert.fail(String(thrown));
  }
}

const rendered = `# made by hcp
apiVersion: v1
kind: Namespace
metadata:
    name:   clusters     # four spaces
---
apiVersion: hypershift.openshift.io/v1beta1
kind: HostedCluster
metadata:
  name: prod
  namespace: clusters
spec:
  etcd:
    managed:
      storage:
        # who sizes it: the platform team
        persistentVolume:
          size: 8Gi
        type: PersistentVolume   # the only type
    managementType: Managed
  release: {image: "quay.io/openshift-release-dev/ocp-release:4.20.0-x86_64"}
status: {}
---
apiVersion: v1
kind: Secret
metadata: {name: prod-pull-secret, namespace: clusters}
data:
  .dockerconfigjson: e30=
`;

test('a rendered manifest gets two lines, and every other byte stays', () => {
  const added = `        restoreSnapshotURL:\n        - ${JSON.stringify(url)}\n`;
  const line = '        type: PersistentVolume   # the only type\n';
  assert.equal(edit(rendered), rendered.replace(line, line + added));
});

test('a URL that is there is replaced, with the comments around it', () => {
  const before = 'restoreSnapshotURL: # of the drill\n        - "https://old"   # expires\n        type:';
  const text = rendered.replace('type:', before);
  assert.equal(edit(text), text.replace('"https://old"', JSON.stringify(url)));
  for (const written of ['[]', '["https://old"]', '[ https://old ]', 'null', '~', '']) {
    const one = rendered.replace('type:', `restoreSnapshotURL: ${written}\n        type:`);
    const { objects } = readManifestText(edit(one), 'x');
    assert.deepEqual(urlsOf(objects[1]?.object), [url], written);
    assert.ok(edit(one).includes('# who sizes it') && edit(one).startsWith('# made by hcp'));
  }
});

test('JSON, a List and lines that end as on Windows stay what they are', () => {
  const cluster = clusterWith({ type: 'PersistentVolume' });
  const list = {
    apiVersion: 'v1',
    kind: 'List',
    items: [{ kind: 'NodePool', metadata: { name: 'x' } }, cluster],
  };
  const json = JSON.stringify(list, undefined, 2);
  const parsed = JSON.parse(edit(json)) as { items: unknown[] };
  assert.deepEqual(urlsOf(parsed.items[1]), [url]);
  const windows = rendered.replaceAll('\n', '\r\n');
  assert.equal(edit(windows), edit(rendered).replaceAll('\n', '\r\n'));
});

test('the cluster of that name is changed, and without a name only the only one', () => {
  const two = `${rendered}---\n${rendered.replaceAll('prod', 'stage')}`;
  assert.equal(edit(two, 'stage').indexOf(rendered), 0);
  assert.equal(refusal(two), 'hosted-manifest.several-clusters');
  assert.equal(refusal('kind: Secret\nmetadata: {name: x}\n'), 'hosted-manifest.no-cluster');
});

test('a namespace that was said is the cluster’s, and one that was not is any', () => {
  const two = `${rendered}---\n${rendered.replaceAll('namespace: clusters', 'namespace: dr')}`;
  const manifest = readManifestText(two, 'manifest.yaml');
  const { key } = clusterIn(manifest, { name: 'prod', namespace: 'dr' }).cluster;
  assert.deepEqual(key, { namespace: 'dr', name: 'prod' });
  assert.equal(edit(rendered, 'prod'), edit(rendered, 'prod', 'clusters'));
  const named = /HostedCluster dr\/prod, but Namespace clusters, HostedCluster clusters\/prod/;
  assert.throws(() => edit(rendered, 'prod', 'dr'), named);
  assert.throws(() => edit(two, 'prod'), /HostedCluster clusters\/prod, HostedCluster dr\/prod/);
});

test('what cannot be restored, or not be changed alone, is refused', () => {
  const unmanaged = rendered.replace('managementType: Managed', 'managementType: Unmanaged');
  assert.equal(refusal(unmanaged), 'hosted-manifest.unmanaged');
  assert.equal(refusal(rendered.replace('storage:', 'size:')), 'hosted-manifest.no-storage');
  const shared = rendered.replace('storage:', 'storage: &s').replace('status: {}', 'status: {again: *s}');
  assert.equal(refusal(shared), 'hosted-manifest.unusual');
  assert.equal(refusal('a: [\n'), 'hosted-manifest.syntax');
  const two = rendered.replace('type:', 'restoreSnapshotURL: [https://a, https://b]\n        type:');
  assert.deepEqual(urlsOf(readManifestText(edit(two), 'x').objects[1]?.object), [url]);
});

test('whatever the manifest holds and however it is written, only the URL comes to it', () => {
  const extra = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.jsonValue({ maxDepth: 3 }), {
    maxKeys: 4,
  });
  const layout = fc.record({
    indent: fc.integer({ min: 2, max: 6 }),
    flow: fc.boolean(),
    marks: fc.boolean(),
  });
  fc.assert(
    fc.property(extra, extra, layout, (storage, other, { indent, flow, marks }) => {
      const cluster = clusterWith({ ...storage, type: 'PersistentVolume' });
      const documents = [{ kind: 'ConfigMap', metadata: { name: 'before' }, data: other }, cluster];
      const text = [...documents, { ...documents[0], metadata: { name: 'after' } }]
        .map(each => stringify(each, { indent, collectionStyle: flow ? 'flow' : 'any', lineWidth: 0 }))
        .join(marks ? '---\n' : '--- # next\n');
      const after = edit(text);
      const objects = readManifestText(after, 'x').objects.map(each => each.object as unknown);
      assert.deepEqual(urlsOf(objects[1]), [url]);
      const at = Array.from(text.split('').keys()).find(index => after[index] !== text[index]) ?? text.length;
      const grown = after.length - text.length;
      assert.ok(at > 0 && after.slice(at + grown) === text.slice(at), 'one piece was put in');
    }),
  );
});

function clusterWith(storage: object): object {
  return {
    apiVersion: 'hypershift.openshift.io/v1beta1',
    kind: 'HostedCluster',
    metadata: { name: 'prod', namespace: 'clusters' },
    spec: { etcd: { managed: { storage }, managementType: 'Managed' } },
  };
}

function urlsOf(object: unknown): unknown {
  type Shape = { spec: { etcd: { managed: { storage: { restoreSnapshotURL: unknown } } } } };
  return (object as Shape).spec.etcd.managed.storage.restoreSnapshotURL;
}
