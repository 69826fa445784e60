import { ownIdentity } from '#repository/kopia/access/identity.ts';
import type { Place } from '../../../repository/place.ts';

/** Who this is in a kopia repository, as kopia writes it: `user@host`. */
export function identityOf({ identity = ownIdentity() }: Pick<Place, 'identity'>): string {
  return `${identity.username}@${identity.hostname}`;
}
