import { workerData } from 'node:worker_threads';
import { type Describe, plainEntry } from '../../trees/local-entry.ts';
import { received, serveWalk } from '../../trees/walk-thread/serve-walk.ts';
import { type KopiaSource, kopiaDirectorySource } from './directory-source.ts';
import type { KopiaWalkSetup } from './walking-source.ts';

await serveWalk(() => {
  const { root, rules, excludes, scan } = workerData as KopiaWalkSetup;
  const { patterns, patternsIgnoringCase, ifPresent, ...others } = excludes ?? {};
  const options = {
    rules,
    excludes: excludes && {
      ...others,
      patterns: patterns?.map(received),
      patternsIgnoringCase: patternsIgnoringCase?.map(received),
      ifPresent: ifPresent?.map(received),
    },
  };
  const walk = (describe?: Describe): KopiaSource =>
    kopiaDirectorySource(received(root), { ...options, describe });
  const source = walk();
  return { source, scan: scan ? walk(plainEntry) : undefined, result: () => source.leftOut };
});
