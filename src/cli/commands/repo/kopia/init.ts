import type { Message } from '#foundation/language.ts';
import { initKopia } from '#repository/kopia/access/init.ts';
import { cliErrors } from '../../../errors.ts';
import { description } from '../../../output/outcome.ts';
import { askNewPassword } from '../../../repository/password.ts';
import { placeOf } from '../../../repository/place.ts';
import type { Handler } from '../../../spec.ts';
import { refuseRepository } from '../detect.ts';
import { storeOf } from '../open.ts';
import { newPassword } from '../password.ts';
import type { init } from '../specs/init.ts';
import { identityOf } from './identity.ts';

export const run: Handler<typeof init> = async ({ flags }, context) => {
  const { clock, signal } = context;
  const store = await storeOf(flags, context);
  await refuseRepository(store, 'restic', context);
  const owner = ownerOf(flags.owner) ?? identityOf(await placeOf(flags, context));
  const password = await newPassword(flags, 'kopia', { context, ask: askNewPassword });
  const { hash, encryption, splitter } = flags;
  const version = flags.formatVersion === undefined ? undefined : Number(flags.formatVersion);
  const made = await initKopia(store, {
    password,
    hash,
    encryption,
    splitter,
    version,
    owner,
    clock,
    signal,
  });
  const id = made.uniqueId.toString('hex');
  const { format } = made;
  return description({
    data: {
      format: 'kopia',
      id,
      version: format.version,
      url: store.url,
      hash: format.hash,
      encryption: format.encryption,
      splitter: format.splitter,
      owner,
    },
    name: id,
    text: text(id.slice(0, 8), store.url, owner),
  });
};

/** @throws `cli.bad-value` for what is no USER@HOST */
function ownerOf(given: string | undefined): string | undefined {
  if (given === undefined || /^[^@\s]+@[^@\s]+$/.test(given)) return given;
  throw cliErrors.raise['bad-value']({ flag: '--owner', given, expected: 'USER@HOST' });
}

function text(id: string, url: string, owner: string): Message {
  return {
    en: () => `Made the kopia repository ${id} in ${url}. Its maintenance is up to ${owner}.`,
    ja: () => `${url} に kopia リポジトリー ${id} を作成しました。メンテナンスは ${owner} が担当します。`,
  };
}
