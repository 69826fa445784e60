import type { Message } from '#foundation/language.ts';
import { ownIdentity } from '#repository/restic/access/identity.ts';
import { initRestic } from '#repository/restic/access/init.ts';
import type { Context } from '../../context.ts';
import { description } from '../../output/outcome.ts';
import { askNewPassword } from '../../repository/password.ts';
import type { FlagValues, Handler } from '../../spec.ts';
import { refuseRepository } from './detect.ts';
import { openFrom } from './from.ts';
import { storeOf } from './open.ts';
import { newPassword } from './password.ts';
import type { init } from './specs/init.ts';

export const run: Handler<typeof init> = async ({ flags }, context) => {
  const { clock, signal } = context;
  const store = await storeOf(flags, context);
  await refuseRepository(store, 'kopia', context);
  const polynomial = await polynomialOf(flags, context);
  const password = await newPassword(flags, 'restic', { context, ask: askNewPassword });
  const { discardLeftovers } = flags;
  const options = { password, identity: ownIdentity(), clock, polynomial, discardLeftovers, signal };
  const { config } = await initRestic(store, options);
  return description({
    data: { format: 'restic', id: config.id, version: config.version, url: store.url },
    name: config.id,
    text: made(config.id.slice(0, 8), store.url),
  });
};

/** That of the other repository, where it is wanted. */
async function polynomialOf(
  flags: FlagValues<(typeof init)['flags']>,
  context: Context,
): Promise<bigint | undefined> {
  if (flags.copyChunkerParams !== true) return undefined;
  return (await openFrom(flags, context)).config.polynomial;
}

function made(id: string, url: string): Message {
  return {
    en: () => `Made the restic repository ${id} in ${url}.`,
    ja: () => `${url} に restic リポジトリー ${id} を作成しました。`,
  };
}
