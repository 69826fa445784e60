import type { Json } from '../../format/go-json.ts';

/**
 * How a member of a policy is taken from wider ones: `set`, the narrowest that says anything; `filled`, the narrowest that says
 * something else than Go's zero (false, 0, '', an empty list); `union`, all of them, until one says that nothing wider counts.
 */
export type Inheritance =
  | { readonly kind: 'set' | 'filled' }
  | { readonly kind: 'union'; readonly noParent: readonly string[]; readonly order: 'text' | 'time-of-day' };

/** A member of a policy that is inherited. */
export interface Member {
  readonly path: readonly string[];
  readonly inheritance: Inheritance;
}

const set = { kind: 'set' } as const;
const filled = { kind: 'filled' } as const;

function members(group: readonly string[], inheritance: Inheritance, ...names: readonly string[]): Member[] {
  return names.map(name => ({ path: [...group, name], inheritance }));
}

function union(
  group: string,
  name: string,
  noParent: string,
  order: 'text' | 'time-of-day' = 'text',
): Member {
  return {
    path: [group, name],
    inheritance: { kind: 'union', noParent: [group, noParent], order },
  };
}

const retention = ['keepLatest', 'keepHourly', 'keepDaily', 'keepWeekly', 'keepMonthly', 'keepAnnual'];
const errorHandling = ['ignoreFileErrors', 'ignoreDirectoryErrors', 'ignoreUnknownTypes'];
const upload = ['maxParallelSnapshots', 'maxParallelFileReads', 'parallelUploadAboveSize'];

/** Every member that kopia merges (`snapshot/policy/*_policy.go`); folder actions are for their own directory only. */
export const inheritedMembers: readonly Member[] = [
  ...members(['retention'], set, ...retention, 'ignoreIdenticalSnapshots'),
  ...members(
    ['files'],
    filled,
    'ignore',
    'noParentIgnore',
    'ignoreDotFiles',
    'noParentDotFiles',
    'maxFileSize',
  ),
  ...members(['files'], set, 'ignoreCacheDirs', 'oneFileSystem'),
  ...members(['errorHandling'], set, ...errorHandling),
  ...members(['scheduling'], filled, 'intervalSeconds', 'noParentTimeOfDay', 'cron', 'manual'),
  ...members(['scheduling'], set, 'runMissed'),
  union('scheduling', 'timeOfDay', 'noParentTimeOfDay', 'time-of-day'),
  ...members(['upload'], set, ...upload),
  ...members(['compression'], filled, 'compressorName', 'minSize', 'maxSize'),
  ...members(['compression'], filled, 'noParentOnlyCompress', 'noParentNeverCompress'),
  union('compression', 'onlyCompress', 'noParentOnlyCompress'),
  union('compression', 'neverCompress', 'noParentNeverCompress'),
  ...members(['metadataCompression'], filled, 'compressorName'),
  ...members(['splitter'], filled, 'algorithm'),
  ...members(['actions'], set, 'beforeSnapshotRoot', 'afterSnapshotRoot'),
  ...members(['osSnapshots', 'volumeShadowCopy'], set, 'enable'),
  ...members(['logging', 'directories'], set, 'snapshotted', 'ignored'),
  ...members(['logging', 'entries'], set, 'snapshotted', 'ignored', 'cacheHit', 'cacheMiss'),
];

/** Whether a value is no zero of Go's. */
export function isFilled(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === false || value === '' || value === 0) return false;
  return !Array.isArray(value) || value.length > 0;
}
