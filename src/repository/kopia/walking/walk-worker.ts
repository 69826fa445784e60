import { workerData } from 'node:worker_threads';
import { received, serveWalk } from '../../trees/walk-thread/serve-walk.ts';
import { kopiaDirectorySource } from './directory-source.ts';
import type { KopiaWalkSetup } from './walking-source.ts';

await serveWalk(() => {
  const { root, rules, excludes } = workerData as KopiaWalkSetup;
  const { patterns, patternsIgnoringCase, ifPresent, ...others } = excludes ?? {};
  const source = kopiaDirectorySource(received(root), {
    rules,
    excludes: excludes && {
      ...others,
      patterns: patterns?.map(received),
      patternsIgnoringCase: patternsIgnoringCase?.map(received),
      ifPresent: ifPresent?.map(received),
    },
  });
  return { source, result: () => source.leftOut };
});
