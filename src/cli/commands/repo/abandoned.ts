import type { Message } from '#foundation/language.ts';
import type { Abandoned, NotAbandoned } from '#repository/upkeep/abandon-unfinished.ts';
import { reasonOf } from '../../reason.ts';
import { say } from '../../spec.ts';

/** How many writes are named on the screen; the data of `prune` and `maintenance run` has all. */
const shown = 100;

/** Says that what interrupted writes had left is gone, and what of it is not. */
export function abandonedNotes({ abandoned: count, notAbandoned }: Abandoned): Message[] {
  const kept = notAbandoned.slice(0, shown).map(keptNote);
  if (notAbandoned.length > 0) kept.push(again(notAbandoned.length));
  if (count === 0) return kept;
  const writes = count === 1 ? 'a write that was interrupted' : `${count} writes that were interrupted`;
  return [
    say(`Removed what was left of ${writes}.`, `中断された書き込み ${count} 件の残りを削除しました。`),
    ...kept,
  ];
}

function keptNote({ file, error }: NotAbandoned): Message {
  const reason = reasonOf(error);
  return file === undefined
    ? say(
        `Writes that were interrupted could not be listed: ${reason.en()}`,
        `中断された書き込みの一覧を取得できませんでした: ${reason.ja()}`,
      )
    : say(
        `Not removed: what an interrupted write of ${file} left: ${reason.en()}`,
        `中断された書き込みの残りを削除できませんでした: ${file}: ${reason.ja()}`,
      );
}

function again(count: number): Message {
  const more = count > shown;
  return say(
    `What interrupted writes leave takes room and does no other harm${more ? ` (${count} in all, ${shown} are named here)` : ''}. The next run tries again.`,
    `中断された書き込みの残りは、容量を使用するほかに影響はありません${more ? ` (全 ${count} 件のうち ${shown} 件を表示しています)` : ''}。次回の実行時に再試行されます。`,
  );
}

/** As JSON and YAML show it. */
export function abandonedData({ abandoned, notAbandoned }: Abandoned): object {
  const kept = notAbandoned.map(({ file, error: { code, message } }) => ({
    ...(file === undefined ? {} : { file }),
    code,
    message,
  }));
  return { abandoned, notAbandoned: kept };
}
