import type { SourceEvent, SourceTotals, TreeSource } from '../source.ts';

/**
 * Counts what a source will have told, ahead of who follows it: bit by bit, in time that would be waited away. Where the source itself
 * ends earlier, it is what the source told.
 */
export class Scan {
  readonly #events: AsyncIterator<readonly SourceEvent[]>;
  readonly #onEnd: (totals: SourceTotals) => void;
  readonly #counted = { files: 0, bytes: 0 };
  readonly #found = { files: 0, bytes: 0 };
  #ended = false;

  constructor(again: TreeSource, onEnd: (totals: SourceTotals) => void) {
    this.#events = again.events({})[Symbol.asyncIterator]();
    this.#onEnd = onEnd;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Takes note of what the source told. */
  found(events: readonly SourceEvent[]): void {
    count(events, this.#found);
  }

  /** Counts some more, for a few milliseconds. */
  async advance(): Promise<void> {
    const { done, value } = await this.#events.next();
    if (done === true) this.#tell(this.#counted);
    else count(value, this.#counted);
  }

  /** The source has told everything. */
  end(): void {
    if (!this.#ended) this.#tell(this.#found);
  }

  #tell(totals: SourceTotals): void {
    this.#ended = true;
    this.#onEnd({ ...totals });
  }
}

function count(events: readonly SourceEvent[], totals: { files: number; bytes: number }): void {
  for (const event of events) {
    if (event.kind !== 'entry' || event.entry.type !== 'file') continue;
    totals.files++;
    totals.bytes += event.entry.size;
  }
}
