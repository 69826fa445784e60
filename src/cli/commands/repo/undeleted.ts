import type { HozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import { reasonOf } from '../../reason.ts';
import { say } from '../../spec.ts';

/** A file that a location kept, and why. */
interface Undeleted {
  /** Its key. */
  readonly file: string;
  readonly error: HozonError;
}

/** How many files are named on the screen; JSON and YAML name all. */
const shown = 100;

/** Names the files that a location kept although they were to be deleted. */
export function undeletedNotes(undeleted: readonly Undeleted[]): Message[] {
  if (undeleted.length === 0) return [];
  const notes = undeleted.slice(0, shown).map(({ file, error }) => {
    const reason = reasonOf(error);
    return say(`Not deleted: ${file}: ${reason.en()}`, `削除できませんでした: ${file}: ${reason.ja()}`);
  });
  return [...notes, count(undeleted.length)];
}

function count(files: number): Message {
  const more = files > shown;
  return say(
    `${files} ${files === 1 ? 'file' : 'files'} could not be deleted${more ? '; -o json names all' : ''}. Nothing needs them; the next run tries again.`,
    `削除できなかったファイル: ${files} 件${more ? ' (-o json ですべて表示できます)' : ''}。これらは不要なファイルで、次回の実行時に再試行されます。`,
  );
}

/** As JSON and YAML show them. */
export function undeletedData(undeleted: readonly Undeleted[]) {
  return undeleted.map(({ file, error }) => ({ file, code: error.code, message: error.message }));
}
