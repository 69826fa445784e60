import { type HozonError, isHozonError } from '#foundation/errors.ts';
import type { Failure } from '../trees/target/target-event.ts';

/** An entry of a type that is not restored, or whose metadata makes no sense. */
export const notRestorable: Failure = {
  code: 'EINVAL',
  detail: {
    en: () => 'its type or its metadata is none that can be restored',
    ja: () => '種類またはメタデータが復元できないものです',
  },
};

/** An error as the failure of an entry. */
export function failureOf(error: HozonError): Failure {
  return { code: error.code, detail: { en: () => error.explain('en'), ja: () => error.explain('ja') } };
}

/** Codes that say so of one file or part of a repository. */
const damages = [
  'repository.damaged',
  'repository.file-missing',
  'repository.blob-missing',
  'repository.kopia-content-missing',
] as const;

/** What says that something of the repository is damaged or gone. @throws what says anything else */
export function damageFailure(thrown: unknown): Failure {
  for (const code of damages) if (isHozonError(thrown, code)) return failureOf(thrown);
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

/** Directories without end. */
export const tooDeep: Failure = {
  code: 'ELOOP',
  detail: {
    en: () => 'its directories are nested absurdly deep',
    ja: () => 'ディレクトリーの階層が異常に深くなっています',
  },
};
