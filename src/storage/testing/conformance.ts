import { describe, test } from 'node:test';
import type { ObjectStore } from '../object-store.ts';
import { beginningTests } from './conformance-beginning.ts';
import { listingTests } from './conformance-listing.ts';
import { readingTests } from './conformance-reading.ts';
import { writingTests } from './conformance-writing.ts';

/** A location of its own, empty at first, for one test. */
export interface Subject {
  readonly store: ObjectStore;
  /** Another store over the same location, as another process would open it. */
  readonly reopen: () => Promise<ObjectStore>;
  /** How many keys a long listing has: more than a page of the store. */
  readonly manyKeys: number;
  /** Begins a write of the key and leaves it as a killed process would. Absent where the test cannot do that. */
  readonly leaveUnfinished?: (key: string) => Promise<void>;
}

export type ConformanceTest = (subject: Subject) => Promise<void>;

/**
 * Declares one test for each sentence of ObjectStore's contract. `withSubject` makes a location, runs the test on
 * it and clears it away.
 */
export function conformance(name: string, withSubject: (run: ConformanceTest) => Promise<void>): void {
  void describe(`${name} keeps ObjectStore's contract`, () => {
    const all = { ...writingTests, ...beginningTests, ...readingTests, ...listingTests };
    for (const [sentence, run] of Object.entries(all)) {
      void test(sentence, () => withSubject(run));
    }
  });
}
