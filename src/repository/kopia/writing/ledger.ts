import { type Clock, systemClock } from '#foundation/clock.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { type FormatWatch, watchFormat } from '../access/format-watch.ts';
import { type KopiaIdentity, ownIdentity } from '../access/identity.ts';
import type { ContentId } from '../format/content-id.ts';
import type { ContentEntry } from '../format/index.ts';
import { commitEntries } from './index-commit.ts';
import type { WrittenTotals } from './kopia-writer.ts';
import type { WritableKopia } from './writable.ts';
import { WritingSession } from './writing-session.ts';

export interface LedgerOptions extends StoreOptions {
  /** Who writes; the user and host of this process without it. */
  readonly identity?: KopiaIdentity | undefined;
  /** The id under which this process itself upgrades the repository. */
  readonly upgradeOwner?: string | undefined;
  readonly clock?: Clock | undefined;
}

export interface CommittingOptions extends StoreOptions {
  /** Whether more packs will be named after the session. */
  readonly goOn?: boolean | undefined;
}

/** Milliseconds after which what was stored is named in an index, so that an interrupted writer's work is not lost: kopia's. */
const commitEvery = 10 * 60_000;
/** The same, by the number of contents: what is held of them is some hundred bytes each. */
const mostPending = 250_000;

/** What was stored or deleted and no index in the store names yet. */
export class Ledger {
  readonly #repository: WritableKopia;
  readonly #options: LedgerOptions;
  readonly #clock: Clock;
  readonly #session: WritingSession;
  readonly #watch: FormatWatch;
  #entries = new Map<ContentId, ContentEntry>();
  #committedAt: number;
  /** The last commit that was begun; it never rejects. */
  #committing: Promise<void> = Promise.resolve();
  readonly #totals = { dataContents: 0, metadataContents: 0, added: 0, addedPacked: 0 };

  constructor(repository: WritableKopia, options: LedgerOptions) {
    this.#repository = repository;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#session = new WritingSession(repository, options.identity ?? ownIdentity(), this.#clock);
    this.#watch = watchFormat(repository, { clock: this.#clock, upgradeOwner: options.upgradeOwner });
    this.#committedAt = this.#clock.monotonic();
  }

  get totals(): WrittenTotals {
    return { ...this.#totals };
  }

  /** Whether so much waits, or for so long, that it should be committed. */
  get isDue(): boolean {
    const age = this.#clock.monotonic() - this.#committedAt;
    return this.#entries.size >= mostPending || (this.#entries.size > 0 && age >= commitEvery);
  }

  /**
   * The session that packs are named after; its marker is in the store.
   *
   * @throws `repository.kopia-upgrading` and the like, where the repository's format does not allow writing any more
   */
  async session(): Promise<string> {
    await this.#watch.check(this.#options);
    return this.#session.id(this.#options);
  }

  /** What an entry that is made now must say of its time, in seconds since 1970: later than what the index says already. */
  timeFor(id: ContentId): number {
    const now = Math.floor(this.#clock.now().getTime() / 1000);
    return Math.max(now, (this.#repository.index.find(id)?.timestamp ?? -1) + 1);
  }

  /** Notes contents whose pack has been stored. */
  stored(entries: readonly ContentEntry[]): void {
    for (const entry of entries) {
      this.#note(entry);
      this.#totals[entry.id.length % 2 === 1 ? 'metadataContents' : 'dataContents']++;
      this.#totals.added += entry.original;
      this.#totals.addedPacked += entry.length;
    }
  }

  /** Marks a stored content deleted. */
  async deleted(id: ContentId): Promise<void> {
    const entry = this.#repository.index.find(id);
    if (entry === undefined || entry.deleted) return;
    await this.session();
    this.#note({ ...entry, deleted: true, timestamp: this.timeFor(id) });
  }

  /**
   * Writes the index of everything that was noted, then ends the session unless it goes on. Where that fails it stays noted, and the next
   * commit names it; one that is begun meanwhile waits.
   *
   * @throws `repository.outpaced`
   */
  async commit(options: CommittingOptions = {}): Promise<void> {
    const committed = this.#committing.then(() => this.#commit(options));
    this.#committing = committed.catch(() => {}); // who called it is told
    await committed;
  }

  async #commit({ goOn = false, ...options }: CommittingOptions): Promise<void> {
    const using = { ...this.#options, ...options };
    const entries = this.#entries;
    this.#entries = new Map();
    this.#committedAt = this.#clock.monotonic();
    try {
      if (entries.size > 0) await this.#write(entries, using);
    } catch (thrown) {
      this.#entries = new Map([...entries, ...this.#entries]);
      throw thrown;
    }
    if (!goOn) await this.#session.end(using);
  }

  async #write(entries: ReadonlyMap<ContentId, ContentEntry>, options: StoreOptions): Promise<void> {
    const session = await this.session();
    await commitEntries(this.#repository, [...entries.values()], { ...options, session, clock: this.#clock });
  }

  #note(entry: ContentEntry): void {
    this.#entries.set(entry.id, entry);
    this.#repository.index.add(entry);
  }
}
