import { isHozonError } from '#foundation/errors.ts';
import { say } from '#foundation/language.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { Fault } from '../../format/fault.ts';

const tooLong = say('it is longer than anything of its kind', '想定される上限より大きいサイズです');
const tooShort = say(
  'it ends before what an index says is in it',
  'インデックスに記録された内容より短く途切れています',
);

/**
 * Runs `action`; what it finds wrong with a blob is thrown with the blob's id, as an error for people.
 *
 * @throws `repository.damaged`, `file-missing` and what `action` throws
 */
export async function naming<T>(
  { url }: Pick<ObjectStore, 'url'>,
  file: string,
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw named(url, file, cause);
  }
}

/** {@link naming} of what is at hand. @throws as it does */
export function namingNow<T>({ url }: Pick<ObjectStore, 'url'>, file: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw named(url, file, cause);
  }
}

function named(url: string, file: string, cause: unknown): unknown {
  if (cause instanceof Fault) return raise.damaged({ url, file, reason: cause.reason }, { cause });
  if (isHozonError(cause, 'storage.not-found')) return raise['file-missing']({ url, file }, { cause });
  if (isHozonError(cause, 'storage.too-large')) {
    return raise.damaged({ url, file, reason: tooLong }, { cause });
  }
  if (isHozonError(cause, 'storage.truncated')) {
    return raise.damaged({ url, file, reason: tooShort }, { cause });
  }
  return cause;
}
