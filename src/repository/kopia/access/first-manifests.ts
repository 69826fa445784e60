import type { StoreOptions } from '#storage/object-store.ts';
import type { JsonObject } from '../../format/go-json.ts';
import { defaultMaintenance, maintenanceLabels, writeMaintenance } from '../format/maintenance-blob.ts';
import { policyLabels } from '../format/policy.ts';
import { defaultPolicyDocument } from '../policies/default-policy.ts';
import { ManifestChanges } from '../writing/manifests.ts';
import { openKopiaWriter } from '../writing/plain-writer.ts';
import { readContent } from './contents.ts';
import { loadContents } from './indexed.ts';
import type { InitKopiaOptions } from './init.ts';
import type { OpenKopia } from './open.ts';

type FirstManifests = StoreOptions & Pick<InitKopiaOptions, 'owner' | 'globalPolicy' | 'identity' | 'clock'>;

/** As kopia writes it, which names what says nothing, too. */
const everythingPolicy: JsonObject = { ...defaultPolicyDocument, splitter: {}, actions: {} };

/**
 * Writes what every new repository holds: the policy of everything, and who maintains it. Without the latter, the next kopia that writes
 * claims it.
 */
export async function writeFirstManifests(open: OpenKopia, options: FirstManifests): Promise<void> {
  const { owner, globalPolicy = everythingPolicy, identity, clock, signal } = options;
  const repository = await loadContents(open, { signal, clock });
  await using writer = openKopiaWriter(repository, { identity, clock, signal });
  const changes = new ManifestChanges({ clock });
  if (globalPolicy !== null) {
    changes.put(policyLabels({ host: '', userName: '', path: '' }), globalPolicy);
  }
  changes.put(maintenanceLabels, writeMaintenance(defaultMaintenance(owner)));
  await changes.write(writer, {
    repository,
    read: id => readContent(repository, id, { signal }),
  });
  await writer.flush({ signal });
}
