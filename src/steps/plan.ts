import type { Message } from '#foundation/language.ts';
import type { JournalRecord, StepRecord } from './journal.ts';
import type { Procedure } from './step.ts';

/** One step, as it would be done. */
export interface PlannedStep {
  readonly id: string;
  readonly title: Message;
  readonly command: string | undefined;
  /** How it is taken back; `undefined` where nothing is to be taken back. */
  readonly undo: { readonly title: Message; readonly command: string | undefined } | undefined;
  /** What a dead run has made of it. */
  readonly state: StepRecord['state'] | undefined;
}

/** Every step in order, and how far a dead run came. Nothing is asked or touched. */
export function plan({ steps }: Procedure, found: JournalRecord | undefined): readonly PlannedStep[] {
  return steps.map(({ id, title, command, undo }) => ({
    id,
    title,
    command,
    undo: undo && { title: undo.title, command: undo.command },
    state: found?.steps[id]?.state,
  }));
}
