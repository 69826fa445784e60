import type { HozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import { withKopiaCache } from '#repository/kopia/access/cached.ts';
import { type IndexedKopia, loadContents } from '#repository/kopia/access/indexed.ts';
import { type OpenKopia, openKopia } from '#repository/kopia/access/open.ts';
import type { Context } from '../../../context.ts';
import { reasonOf } from '../../../reason.ts';
import { say } from '../../../spec.ts';
import { type Access, cacheOptions, storeOf } from '../open.ts';
import { withPassword } from '../password.ts';

/**
 * Opens the kopia repository that the flags name. Nobody locks one; `context.signal` is all that a handler has to heed.
 *
 * @throws as finding it, its password and opening do
 */
export async function openKopiaRepository(flags: Access, context: Context): Promise<OpenKopia> {
  const store = await storeOf(flags, context);
  const { clock, signal, note } = context;
  const onWarning = (feature: string, message: string): void =>
    note(
      say(
        `The repository uses ${feature}, which Hozon does not know: ${message}`,
        `リポジトリーは Hozon が対応していない機能 ${feature} を使用しています: ${message}`,
      ),
    );
  const onUndeleted = (file: string, error: HozonError): void => note(leftBehind(file, error));
  const asked = { flags, format: 'kopia', url: store.url } as const;
  const opened = await withPassword(asked, context, password =>
    openKopia(store, { password, onWarning, onUndeleted, clock, signal }),
  );
  return withKopiaCache(opened, cacheOptions(flags, 'kopia', context));
}

function leftBehind(file: string, error: HozonError): Message {
  const reason = reasonOf(error);
  return say(
    `Not deleted: ${file}: ${reason.en()}. Nothing needs it; maintenance removes it once it may.`,
    `削除できませんでした: ${file}: ${reason.ja()}。不要なファイルで、削除が許可されればメンテナンスで削除されます。`,
  );
}

/** {@link openKopiaRepository}, its contents found. @throws as that, and as reading the indexes does */
export async function indexedKopia(flags: Access, context: Context): Promise<IndexedKopia> {
  const { clock, signal } = context;
  return loadContents(await openKopiaRepository(flags, context), { clock, signal });
}
