import { type HozonError, isHozonError } from '#foundation/errors.ts';
import { raise } from '../../errors.ts';
import type { Failure } from '../../trees/target/target-event.ts';
import { isDamage } from '../access/blobs.ts';

/** An entry of a type that is not restored, or whose metadata makes no sense. */
export const notRestorable: Failure = {
  code: 'EINVAL',
  detail: {
    en: () => 'its type or its metadata is none that can be restored',
    ja: () => '種類またはメタデータが復元できないものです',
  },
};

/** A file with a blob that no index names. */
export function missingBlob(url: string, id: string): Failure {
  return failureOf(raise['blob-missing']({ url, kind: 'data', id }));
}

/** An error as the failure of an entry. */
export function failureOf(error: HozonError): Failure {
  return { code: error.code, detail: { en: () => error.explain('en'), ja: () => error.explain('ja') } };
}

/** What says that something of the repository is damaged or gone. @throws what says anything else */
export function damageFailure(thrown: unknown): Failure {
  if (isDamage(thrown) || isHozonError(thrown, 'repository.blob-missing')) return failureOf(thrown);
  throw thrown;
}

/** A name of an entry whose first name could not be restored. */
export const firstNameFailed: Failure = {
  code: 'ENOENT',
  detail: {
    en: () => 'it is a hard link, and the name before it could not be restored',
    ja: () => 'ハードリンクですが、リンク元を復元できませんでした',
  },
};
