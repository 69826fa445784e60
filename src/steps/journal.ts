import type { Json } from './step.ts';

/** How far one step is. */
export interface StepRecord {
  /** `noted`: nothing was done. `begun`: it may have been done. `proven`: it was. `undone`: it was taken back, also by a later step that settles it. */
  readonly state: 'noted' | 'begun' | 'proven' | 'undone';
  readonly memory?: Json | undefined;
  readonly result?: Json | undefined;
}

/** How far a procedure is. */
export interface JournalRecord {
  readonly procedure: string;
  readonly input: Json;
  readonly direction: 'forward' | 'back';
  readonly steps: Readonly<Record<string, StepRecord>>;
}

/**
 * Where it is kept how far a procedure on one thing is, and the lock by which one run at a time works on that thing. It outlives the
 * process, and the machine where it is meant to.
 */
export interface Journal {
  /** What is kept, without taking the lock. */
  load(signal?: AbortSignal): Promise<JournalRecord | undefined>;
  /**
   * Takes the lock, also that of a run that is dead, with what that run left.
   *
   * @throws `steps.locked` while another run lives
   */
  claim(signal?: AbortSignal): Promise<HeldJournal>;
}

/** A journal whose lock is ours. Disposing gives it back; what is kept stays. */
export interface HeldJournal extends AsyncDisposable {
  /** What was kept when the lock was taken. */
  readonly found: JournalRecord | undefined;
  /** Aborts with `steps.lock-lost` when somebody else has the lock. */
  readonly lost: AbortSignal;
  /** Keeps it. When it resolves, every machine sees it. @throws `steps.lock-lost` where somebody else has written */
  save(record: JournalRecord): Promise<void>;
  /** Makes sure that the lock is still ours; writes where that is not known to be so of late. @throws `steps.lock-lost`, and what keeps it from being written */
  confirm(): Promise<void>;
  /** Keeps nothing any more: the procedure is at an end. */
  clear(): Promise<void>;
}
