import { workerData } from 'node:worker_threads';
import { type Describe, plainEntry } from '../../trees/local-entry.ts';
import { received, serveCount, serveWalk } from '../../trees/walk-thread/serve-walk.ts';
import { type KopiaSource, kopiaDirectorySource } from './directory-source.ts';
import type { KopiaWalkSetup } from './walking-source.ts';

const { root, rules, excludes, tells } = workerData as KopiaWalkSetup;

function walk(describe?: Describe): KopiaSource {
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
  return kopiaDirectorySource(received(root), { ...options, describe });
}

if (tells === 'totals') await serveCount(walk(plainEntry));
else {
  await serveWalk(() => {
    const source = walk();
    const scan = tells === 'events and totals' ? walk(plainEntry) : undefined;
    return { source, scan, result: () => source.leftOut };
  });
}
