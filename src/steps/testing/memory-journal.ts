import { say } from '#foundation/language.ts';
import { raise } from '../errors.ts';
import type { HeldJournal, Journal, JournalRecord } from '../journal.ts';

const it = say('it', 'それ');

/** A journal in memory. It keeps what JSON keeps. */
export class MemoryJournal implements Journal {
  #kept: string | undefined;
  #holder: object | undefined;
  /** Everything that was ever kept, in order; `undefined` where it was cleared. */
  readonly history: (JournalRecord | undefined)[] = [];

  async load(): Promise<JournalRecord | undefined> {
    return this.#kept === undefined ? undefined : (JSON.parse(this.#kept) as JournalRecord);
  }

  async claim(): Promise<HeldJournal> {
    if (this.#holder !== undefined) throw raise.locked({ what: it, who: 'another', since: 'before' });
    const me = {};
    this.#holder = me;
    const requireMine = (): void => {
      if (this.#holder !== me)
        throw raise['lock-lost']({ what: it, reason: say('another has it', '別の処理が保持しています') });
    };
    const keep = async (record: JournalRecord | undefined): Promise<void> => {
      requireMine();
      this.#kept = record && JSON.stringify(record);
      this.history.push(await this.load());
    };
    return {
      found: await this.load(),
      lost: new AbortController().signal,
      save: keep,
      confirm: async () => requireMine(),
      clear: () => keep(undefined),
      [Symbol.asyncDispose]: async () => {
        if (this.#holder === me) this.#holder = undefined;
      },
    };
  }

  /** As if the process that holds it had died, and that was known. */
  die(): void {
    this.#holder = undefined;
  }
}
