import type { Message } from '#foundation/language.ts';
import { ownIdentity } from '#repository/restic/access/identity.ts';
import { initRestic } from '#repository/restic/access/init.ts';
import { description } from '../../output/outcome.ts';
import type { Handler } from '../../spec.ts';
import { placeOf } from './open.ts';
import type { init } from './specs/init.ts';

export const run: Handler<typeof init> = async ({ flags }, context) => {
  const { clock, signal } = context;
  const { store, password } = await placeOf(flags, context);
  const { config } = await initRestic(store, { password, identity: ownIdentity(), clock, signal });
  return description({
    data: { id: config.id, version: config.version, url: store.url },
    name: config.id,
    text: made(config.id.slice(0, 8), store.url),
  });
};

function made(id: string, url: string): Message {
  return {
    en: () => `Made the restic repository ${id} in ${url}.`,
    ja: () => `${url} に restic リポジトリー ${id} を作成しました。`,
  };
}
