import { describe, test } from 'node:test';
import type { Host } from '../host.ts';
import { commandTests } from './conformance-commands.ts';
import { endingTests } from './conformance-endings.ts';
import { fileTests } from './conformance-files.ts';

export interface HostSubject {
  readonly host: Host;
  /** An empty directory on the host that the test may write into. */
  readonly directory: string;
}

/** What is expected, in a sentence, and the test of it. */
export type HostTests = Readonly<Record<string, (subject: HostSubject) => Promise<void>>>;

/** Holds what `open` opens against {@link Host}'s contract. */
export function hostConformance(name: string, open: () => Promise<HostSubject>): void {
  void describe(`${name} keeps Host's contract`, () => {
    for (const [sentence, run] of Object.entries({ ...commandTests, ...endingTests, ...fileTests })) {
      void test(sentence, async () => run(await open()));
    }
  });
}
