import { glob } from 'node:fs/promises';
import { resolve } from 'node:path';

/** The files of the repository that take longest, longest first (a minute and more each on a machine of two cores). */
const long = [
  'hosted-clusters/killed',
  'restore/killed',
  'hosted-clusters/snapshot',
  'velero/same-items',
  'repository/kopia-interop',
  'hosted-clusters/verify',
  'repository/killed',
  'repository/interop',
  'hosted-clusters/stand-in',
  'hosted-clusters/end-to-end',
  'repository/kopia-killed',
  'backup/killed',
  'cli/backup',
  'restore/estate',
  'etcd/save-hosts',
  'projects/import',
  'velero/both-ways',
  'repository/kopia-reading',
  'velero/volumes',
  'repository/killed-s3',
].map(name => `/test/${name}.test.ts`);

/**
 * The files that patterns stand for, as absolute paths, each once: those that take longest first, so that at the end no long one runs
 * alone, then the others by name.
 */
export async function filesInOrder(patterns: readonly string[]): Promise<string[]> {
  const found = await Array.fromAsync(glob(patterns), path => resolve(path));
  return [...new Set(found)].sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1));
}

function rankOf(path: string): number {
  const at = long.findIndex(name => path.endsWith(name));
  return at === -1 ? long.length : at;
}
