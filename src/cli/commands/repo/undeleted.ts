import type { HozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import type { Outcome } from '../../output/outcome.ts';
import { reasonOf } from '../../reason.ts';
import { say } from '../../spec.ts';

/** A file that a location kept, and why. */
interface Undeleted {
  /** Its key. */
  readonly file: string;
  readonly error: HozonError;
}

/** How many files are named on the screen; JSON and YAML name all, but for `forget`, which shows snapshots. */
const shown = 100;

/** Names the files that a location kept although they were to be deleted. */
export function undeletedNotes(undeleted: readonly Undeleted[]): Message[] {
  return undeleted.length === 0 ? [] : [...named(undeleted), count(undeleted.length)];
}

/** What a command ends with that has put snapshots in the place of others, where a location kept the others. */
export function replacedEnding(undeleted: readonly Undeleted[]): Pick<Outcome, 'exit' | 'notes'> {
  return undeleted.length === 0 ? {} : { exit: 'partial', notes: [...named(undeleted), bothAreThere] };
}

const bothAreThere = say(
  'The new snapshots are stored, and those before are still there. Once they can be deleted, remove those by their ids with `hozon repo forget ID…`.',
  '新しいスナップショットは保存され、元のスナップショットも残っています。削除できるようになったら、`hozon repo forget ID…` で元のスナップショットを ID を指定して削除してください。',
);

function named(undeleted: readonly Undeleted[]): Message[] {
  return undeleted.slice(0, shown).map(({ file, error }) => {
    const reason = reasonOf(error);
    return say(`Not deleted: ${file}: ${reason.en()}`, `削除できませんでした: ${file}: ${reason.ja()}`);
  });
}

function count(files: number): Message {
  const more = files > shown;
  return say(
    `${files} ${files === 1 ? 'file' : 'files'} could not be deleted${more ? ` (${shown} are named here)` : ''}. Nothing needs them; the next run tries again.`,
    `削除できなかったファイル: ${files} 件${more ? ` (うち ${shown} 件を表示しています)` : ''}。これらは不要なファイルで、次回の実行時に再試行されます。`,
  );
}

/** As JSON and YAML show them. */
export function undeletedData(undeleted: readonly Undeleted[]) {
  return undeleted.map(({ file, error }) => ({ file, code: error.code, message: error.message }));
}
