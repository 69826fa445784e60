import { workerData } from 'node:worker_threads';
import { directorySource } from '../directory-source.ts';
import { type Describe, plainEntry } from '../local-entry.ts';
import type { TreeSource } from '../source.ts';
import type { WalkSetup } from './messages.ts';
import { received, serveWalk } from './serve-walk.ts';

await serveWalk(() => {
  const { targets, base, excludes, scan, ahead } = workerData as WalkSetup;
  const { patterns, patternsIgnoringCase, ifPresent, ...rules } = excludes;
  const options = {
    base: received(base),
    excludes: {
      ...rules,
      patterns: patterns?.map(received),
      patternsIgnoringCase: patternsIgnoringCase?.map(received),
      ifPresent: ifPresent?.map(received),
    },
  };
  const walk = (describe?: Describe): TreeSource =>
    directorySource(targets.map(received), { ...options, describe });
  return { source: walk(), scan: scan ? walk(plainEntry) : undefined, ahead };
});
