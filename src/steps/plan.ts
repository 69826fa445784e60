import type { Message } from '#foundation/language.ts';
import type { JournalRecord, StepRecord } from './journal.ts';
import type { Json, Procedure, StepRun } from './step.ts';

/** One step, as it would be done. */
export interface PlannedStep {
  readonly id: string;
  readonly title: Message;
  readonly command: string | undefined;
  /** How it is taken back; `undefined` where nothing is to be taken back. */
  readonly undo: { readonly title: Message; readonly command: string | undefined } | undefined;
  /** What a dead run has made of it. */
  readonly state: StepRecord['state'] | undefined;
  /** What is there now, or was before a dead run began: what would come back. Only of steps that remember first. */
  readonly before: Json | undefined;
}

export interface PlanOptions {
  /** What a dead run left, which a run would go on with. */
  readonly found: JournalRecord | undefined;
  readonly signal: AbortSignal;
}

/** Every step in order, with what it would find now. Only reads. @throws what remembering throws */
export async function plan(
  { steps }: Procedure,
  { found, signal }: PlanOptions,
): Promise<readonly PlannedStep[]> {
  const run: StepRun = {
    signal,
    resultOf: id => found?.steps[id]?.result,
    memoryOf: id => found?.steps[id]?.memory,
    report: () => {},
    confirm: async () => {},
    note: () => {},
  };
  const planned: PlannedStep[] = [];
  for (const { undo, ...step } of steps) {
    const known = found?.steps[step.id]?.memory;
    const before = step.remembersFirst === true ? (known ?? (await step.remember?.(run))) : undefined;
    planned.push({
      id: step.id,
      title: step.title,
      command: step.command,
      undo: undo && { title: undo.title, command: undo.command?.(known ?? before) },
      state: found?.steps[step.id]?.state,
      before,
    });
  }
  return planned;
}
