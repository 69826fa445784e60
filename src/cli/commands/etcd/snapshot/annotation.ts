import { resolve } from 'node:path';
import { expandHome } from '../../../config/path.ts';
import type { Env } from '../../../context.ts';

/** On backups and restores: the snapshot of etcd that their objects were taken from. */
export const snapshotAnnotation = 'hozon-etcd-snapshot';

/** The value of {@link snapshotAnnotation}: `/backup/snapshot.db --revision 48213`. */
export function annotationOf(file: string, revision: number | undefined, env: Env): string {
  const path = resolve(expandHome(file, env));
  return revision === undefined ? path : `${path} --revision ${revision}`;
}
