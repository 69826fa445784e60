import { createHash } from 'node:crypto';
import type { BrowsedSnapshot } from '../browsing/browsable.ts';
import { originTag } from './kept-in-tags.ts';

const tagPattern = new RegExp(`^${originTag}:([0-9a-f]{64})$`);

/**
 * The name that a kopia snapshot keeps through copies, 64 hexadecimal digits as restic's `original` has them: what its tag says, else
 * what does not change when tags or pins do.
 *
 * @param repository what tells its repository from others
 */
export function kopiaOrigin(repository: Buffer, snapshot: BrowsedSnapshot): string {
  const tagged = snapshot.tags.map(tag => tagPattern.exec(tag)?.[1]).find(found => found !== undefined);
  if (tagged !== undefined) return tagged;
  const { host, user, paths, time, root } = snapshot;
  const facts = [
    repository.toString('hex'),
    host,
    user,
    ...paths,
    String(time),
    root.directory ?? root.content.join(),
  ];
  return createHash('sha256')
    .update(JSON.stringify(['kopia', ...facts]))
    .digest('hex');
}
