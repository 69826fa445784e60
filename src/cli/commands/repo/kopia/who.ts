import type { KopiaIdentity } from '#repository/kopia/access/identity.ts';
import { ownIdentity } from '#repository/kopia/access/identity.ts';
import type { Context } from '../../../context.ts';
import { placeOf } from '../../../repository/place.ts';
import type { Access } from '../open.ts';

/** Who changes the repository that the flags name: what it writes, and its maintenance, is ascribed to them. */
export async function identityIn(flags: Access, context: Context): Promise<KopiaIdentity> {
  return (await placeOf(flags, context)).identity ?? ownIdentity();
}
