import type { Message } from '#foundation/language.ts';

/** What a journal can hold: it is read again by another process, on another machine. No secret may be in it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What a step is given while it is at work. */
export interface StepRun {
  /** Aborts when the run is to stop: a person, or a lock that was lost. While changes are taken back only the latter counts. */
  readonly signal: AbortSignal;
  /** What an earlier step, which is proven, said that it had done; `undefined` where it said nothing. */
  resultOf(id: string): Json | undefined;
  /** What was noted of a step before it acted; `undefined` where it notes nothing. */
  memoryOf(id: string): Json | undefined;
  /** Says how far a long wait is. */
  report(detail: Message): void;
  /** Before each change that a step makes behind its first: a process that was stopped, or cut off, may have lost its lock meanwhile. @throws `steps.lock-lost` */
  confirm(): Promise<void>;
  /** Tells the person what stays for them to do or to know; nothing fails of it. */
  note(remark: Message): void;
}

/** Whether something is so. What is not says why. */
export type Proof = { readonly proven: true } | { readonly proven: false; readonly reason: Message };

export const proven: Proof = { proven: true };

export function unproven(reason: Message): Proof {
  return { proven: false, reason };
}

/**
 * One step of a procedure. Acts and undoings are done again after a crash, so both must come to the same end however often they were
 * begun before.
 */
export interface Step {
  /** Unlike any other of the procedure; stays the same over releases, since journals name it. */
  readonly id: string;
  readonly title: Message;
  /** What a person would type in its place; `undefined` where there is no such thing. */
  readonly command?: string | undefined;
  /** It changes nothing that would have to be taken back. A journal of such steps alone is begun anew, what it noted too. */
  readonly onlyLooks?: boolean;
  /** Refuses by throwing, before anything of this step was done. Not asked again where it was begun before. */
  check?(run: StepRun): Promise<void>;
  /**
   * What must be known to take the step back, read before it acts and kept in the journal. What the journal holds is never read again: a
   * later run would take the changed state for the original.
   */
  remember?(run: StepRun): Promise<Json>;
  /** Remembers before the first step of the procedure that changes anything, not only before its own act. */
  readonly remembersFirst?: boolean;
  /** Does it, and waits until it is done. What it returns is kept, for later steps and for the report. */
  act(run: StepRun, memory: Json | undefined): Promise<Json | undefined>;
  /**
   * Looks at the world: is it so? Asked behind `act`, and of what a dead run had begun. `result` is what `act` returned, `undefined` where
   * that is not known.
   */
  prove(run: StepRun, known: Known): Promise<Proof>;
  /**
   * The later steps that rely on it. While one of them is not proven, a run that finds what a dead one left asks `prove` again, and where
   * it is no longer so, takes everything back and begins anew: nothing that was found out by then counts. Without any it is taken for done for good.
   */
  readonly neededBy?: readonly string[];
  /**
   * The earlier steps that it takes back in going on: once it is proven, what they changed is as it was, and may be changed by others.
   * Their undo is not asked any more.
   */
  readonly settles?: readonly string[];
  readonly undo?: Undo;
}

export interface Known {
  readonly memory: Json | undefined;
  readonly result: Json | undefined;
}

/** How a step is taken back. It is also asked where the step was only begun. */
export interface Undo {
  readonly title: Message;
  /** With what is remembered in it, where that is known. */
  command?(memory: Json | undefined): string;
  act(run: StepRun, memory: Json | undefined): Promise<void>;
  prove(run: StepRun, memory: Json | undefined): Promise<Proof>;
}

/** A procedure, resolved: steps on named objects, in order. */
export interface Procedure {
  /** `hosted-cluster-snapshot`; stays the same over releases. */
  readonly name: string;
  /** What it is for, as far as that makes two runs the same. A journal of another input is never gone on with. */
  readonly input: Json;
  readonly steps: readonly Step[];
  /** Steps that are not done, but that a journal of the same name may tell of (another variant, an earlier release): only taken back, last. */
  readonly others?: readonly Step[];
  /** Removes what nobody needs any more, behind the last step and before the journal is cleared. It may be done again, and never throws. */
  tidy?(run: Pick<StepRun, 'memoryOf' | 'note'>): Promise<void>;
  /**
   * Where a step fails, or the run is cancelled: take back what was done (`undo`), or stop there and leave it to the next run
   * (`stop`).
   */
  readonly onFailure: 'undo' | 'stop';
}
