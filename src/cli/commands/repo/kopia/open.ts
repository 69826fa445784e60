import { type OpenKopia, openKopia } from '#repository/kopia/access/open.ts';
import type { Context } from '../../../context.ts';
import { type Access, storeOf } from '../open.ts';
import { withPassword } from '../password.ts';

/**
 * Opens the kopia repository that the flags name. Nobody locks one; `context.signal` is all that a handler has to heed.
 *
 * @throws as finding it, its password and opening do
 */
export async function openKopiaRepository(flags: Access, context: Context): Promise<OpenKopia> {
  const store = await storeOf(flags, context);
  const { signal } = context;
  const asked = { flags, format: 'kopia', url: store.url } as const;
  return withPassword(asked, context, password => openKopia(store, { password, signal }));
}
