import type { Clock } from '#foundation/clock.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import { identityText } from '../access/identity.ts';
import { initKopia } from '../access/init.ts';
import type { OpenKopia } from '../access/open.ts';
import { writeVeleroMarker } from './marker.ts';
import { veleroIdentity } from './names.ts';

export interface InitVeleroOptions extends StoreOptions {
  readonly password: Uint8Array;
  readonly clock?: Clock | undefined;
}

/**
 * Makes the repository of a namespace as Velero makes it: with kopia's own choices, without a global policy, owned and marked by
 * Velero, which then uses and maintains it as its own. The store begins where the repository is to be: see `veleroPrefix`.
 *
 * @throws as making a kopia repository does
 */
export async function initVeleroRepository(
  store: ObjectStore,
  { password, clock, signal }: InitVeleroOptions,
): Promise<OpenKopia> {
  return initKopia(store, {
    password,
    owner: identityText(veleroIdentity),
    identity: veleroIdentity,
    globalPolicy: null,
    mark: open => writeVeleroMarker(open, { signal }),
    clock,
    signal,
  });
}
