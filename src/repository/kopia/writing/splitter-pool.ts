import type { BoundaryFinder } from '../../chunking/boundary.ts';
import { defaultSplitter, makeSplitter } from '../splitting/splitters.ts';

/** Splitters that are used again: each has memory for its longest content, and is used for one object at a time. */
export class SplitterPool {
  readonly #standard: string;
  readonly #free = new Map<string, BoundaryFinder[]>();

  /** @param standard the repository's own splitter */
  constructor(standard: string) {
    this.#standard = standard;
  }

  /** A splitter of that name; the repository's own without one, or where kopia knows none of that name: as kopia does. */
  take(name: string | undefined): BoundaryFinder {
    const wanted = name ?? this.#standard;
    const made = this.#free.get(wanted)?.pop() ?? makeSplitter(wanted) ?? makeSplitter(this.#standard);
    return made ?? (makeSplitter(defaultSplitter) as BoundaryFinder);
  }

  giveBack(name: string | undefined, splitter: BoundaryFinder): void {
    const wanted = name ?? this.#standard;
    const free = this.#free.get(wanted) ?? [];
    free.push(splitter);
    this.#free.set(wanted, free);
  }
}
