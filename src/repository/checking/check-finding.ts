import { type HozonError, isHozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';

/** Something wrong with a repository. */
export type CheckFinding =
  /** A file of the repository is damaged or gone: data may be lost. */
  | { readonly kind: 'file'; readonly file: string; readonly text: Message }
  /** What of a snapshot cannot be restored, or only in part. */
  | { readonly kind: 'path'; readonly snapshot: string; readonly path: string; readonly text: Message }
  /** A file that nothing needs: of a writer that was interrupted, or is at work. Nothing is lost. */
  | { readonly kind: 'unused'; readonly file: string; readonly text: Message }
  /** A file that is whole, but not as it should be: tidying up mends it. */
  | { readonly kind: 'untidy'; readonly file: string; readonly text: Message };

/** What is wrong with a file, by the error that reading it threw. */
export function fileFinding(file: string, thrown: HozonError): CheckFinding {
  return { kind: 'file', file, text: { en: () => thrown.explain('en'), ja: () => thrown.explain('ja') } };
}

/** What is no damage is no finding, and thrown again. */
export function damageOf(thrown: unknown): HozonError {
  if (isDamage(thrown)) return thrown;
  throw thrown;
}

/** Whether an error says that a file of the repository is damaged or gone. */
export function isDamage(thrown: unknown): thrown is HozonError {
  return isHozonError(thrown, 'repository.damaged') || isHozonError(thrown, 'repository.file-missing');
}
