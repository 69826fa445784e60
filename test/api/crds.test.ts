import assert from 'node:assert/strict';
import { test } from 'node:test';
import { customResourceDefinition } from '#api/crd.ts';
import { veleroKinds } from '#api/velero/kinds.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeObject } from '#kube/objects.ts';
import { veleroCrds } from '#testbed/velero/crds.ts';
import { live } from '../kube/live.ts';

// What `velero install --crds-only` installs is what Hozon's schemas say, but for the words that describe it.

const up = live('light');

/** Without descriptions, in one order of fields. */
function structure(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(structure);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value)
    .filter(([name, field]) => !(name === 'description' && typeof field === 'string'))
    .map(([name, field]) => [name, structure(field)] as const);
  return Object.fromEntries(fields.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

test('each CRD has the structure of the one that Velero installs', async () => {
  const theirs = new Map((await veleroCrds()).map(crd => [crd.metadata.name, crd]));
  for (const kind of veleroKinds) {
    const name = `${kind.plural}.${kind.group}`;
    const their = theirs.get(name) ?? assert.fail(`Velero installs no ${name}`);
    const ours = customResourceDefinition(kind);
    assert.deepEqual(structure(ours['spec']), structure(their['spec']), name);
  }
});

test('the API server takes each CRD, and prunes nothing of it', async () => {
  const { client, type } = up();
  const crds = type('customresourcedefinitions.apiextensions.k8s.io');
  for (const kind of veleroKinds) {
    const ours = customResourceDefinition(kind) as KubeObject;
    const name = `${kind.plural}.dry-run.example.org`;
    const spec = { ...(ours['spec'] as object), group: 'dry-run.example.org' };
    try {
      const accepted = await client.create(crds, { ...ours, metadata: { name }, spec }, { dryRun: true });
      const { versions } = accepted['spec'] as { versions: unknown };
      assert.deepEqual(
        structure(versions),
        structure((spec as unknown as { versions: unknown }).versions),
        name,
      );
    } catch (thrown) {
      assert.fail(isHozonError(thrown) ? thrown.message : (thrown as Error));
    }
  }
});
