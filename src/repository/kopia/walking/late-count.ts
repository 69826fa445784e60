import type { Clock } from '#foundation/clock.ts';
import type { SourceTotals } from '../../trees/source.ts';
import type { FollowedWalk } from './follower.ts';

/** When counting begins. */
export interface Counting {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Milliseconds from the beginning of the walk: what ends sooner need not be counted. */
  readonly after: number;
}

/** Counts ahead of a walk, elsewhere. */
interface Count {
  readonly totals: SourceTotals | undefined;
  readonly stop: () => Promise<void>;
}

/** A count that is begun once a walk has taken a while, and ends with it. */
export class LateCount {
  readonly #counting: Counting;
  readonly #begin: () => Count;
  #since: number | undefined;
  #count: Count | undefined;
  #ending: Promise<void> | undefined;

  constructor(counting: Counting, begin: () => Count) {
    this.#counting = counting;
    this.#begin = begin;
  }

  get totals(): SourceTotals | undefined {
    return this.#count?.totals;
  }

  /** The same walk, which is looked at between its steps. */
  beside(walk: FollowedWalk): FollowedWalk {
    return {
      get ended() {
        return walk.ended;
      },
      step: async () => {
        this.#look();
        await walk.step();
        if (walk.ended) await this.end();
      },
    };
  }

  /** Resolves when nothing is counted any more. */
  async end(): Promise<void> {
    this.#ending ??= this.#count?.stop() ?? Promise.resolve();
    await this.#ending;
  }

  #look(): void {
    if (this.#count !== undefined || this.#ending !== undefined) return;
    const { clock, after } = this.#counting;
    const now = clock.monotonic();
    this.#since ??= now;
    if (now - this.#since >= after) this.#count = this.#begin();
  }
}
