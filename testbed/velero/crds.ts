import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeObject } from '#kube/objects.ts';
import { type BinaryOptions, binary } from '../binaries.ts';
import { parseObjects } from '../openshift/kinds.ts';
import { runOk } from '../processes.ts';

/**
 * The CustomResourceDefinitions of the pinned Velero, as `velero install --crds-only` prints them: those of
 * `velero.io` in versions `v1` and `v2alpha1`. Needs no cluster; builds Velero where the cache has none.
 */
export async function veleroCrds(options: BinaryOptions = {}): Promise<KubeObject[]> {
  const program = await binary('velero', options);
  const home = await mkdtemp(join(tmpdir(), 'hozon-velero-')); // Velero reads settings of the user's below HOME
  try {
    const command = [program, 'install', '--crds-only', '--dry-run', '--output=yaml'];
    const text = await runOk(command, { env: { HOME: home }, signal: options.signal });
    return parseObjects(text).flatMap(itemsOf);
  } finally {
    await rm(home, { recursive: true });
  }
}

/** The objects of a list, or the object itself. */
function itemsOf(object: KubeObject): KubeObject[] {
  return object.kind === 'List' ? (object['items'] as KubeObject[]) : [object];
}
