import { readClusterFacts } from '#etcd/snapshot/facts.ts';
import { readStatus } from '#etcd/snapshot/status.ts';
import { description } from '../../../output/outcome.ts';
import { type Handler, say } from '../../../spec.ts';
import { openSnapshot } from './open.ts';
import type { status } from './specs.ts';
import { statusData, statusFields } from './status-view.ts';

export const run: Handler<typeof status> = async ({ args: [file = ''] }, context) => {
  const bolt = await openSnapshot(file, context);
  const found = await readStatus(bolt, { signal: context.signal, progress: context.progress });
  const facts = readClusterFacts(bolt);
  return description({
    name: bolt.path,
    data: statusData(found, facts),
    text: [{ label: say('File', 'ファイル'), value: bolt.path }, ...statusFields(found, facts)],
  });
};
