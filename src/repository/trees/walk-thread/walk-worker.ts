import { workerData } from 'node:worker_threads';
import { directorySource } from '../directory-source.ts';
import type { WalkSetup } from './messages.ts';
import { received, serveWalk } from './serve-walk.ts';

await serveWalk(() => {
  const { targets, base, excludes } = workerData as WalkSetup;
  const { patterns, patternsIgnoringCase, ifPresent, ...rules } = excludes;
  const source = directorySource(targets.map(received), {
    base: received(base),
    excludes: {
      ...rules,
      patterns: patterns?.map(received),
      patternsIgnoringCase: patternsIgnoringCase?.map(received),
      ifPresent: ifPresent?.map(received),
    },
  });
  return { source };
});
