import type { Message } from '#foundation/language.ts';
import type { StepEvent, StepEvents } from '#steps/events.ts';
import type { Context } from '../../context.ts';
import { reasonOf } from '../../reason.ts';
import { say } from '../../spec.ts';

/** Shows a procedure's advance: a remark for each step, and waiting as progress. */
export function stepNotes({
  language,
  note,
  progress,
}: Pick<Context, 'language' | 'note' | 'progress'>): StepEvents {
  return event => {
    if (event.kind === 'waiting') {
      const { step, detail } = event;
      progress({ phase: step.id, done: 0, unit: 'items', current: detail[language]() });
      return;
    }
    if (event.kind === 'remark') return note(event.remark);
    const text = textOf(event);
    if (text !== undefined) note(text);
  };
}

function textOf(event: Exclude<StepEvent, { kind: 'waiting' | 'remark' }>): Message | undefined {
  const { title } = event.step;
  switch (event.kind) {
    case 'begun':
      return event.again ? joined('again: ', '再実行: ', title) : title;
    case 'found-done':
      return joined('done before: ', '実行済み: ', title);
    case 'proven':
      return undefined;
    case 'failed':
      return joined('failed: ', '失敗: ', reasonOf(event.failure));
    case 'undoing':
      return event.step.undo?.title;
    case 'undone':
      return undefined;
  }
}

function joined(en: string, ja: string, text: Message): Message {
  return say(`${en}${text.en()}`, `${ja}${text.ja()}`);
}
