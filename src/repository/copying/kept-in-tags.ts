/** Of a copy in a kopia repository: what it is a copy of; see `origin.ts`. */
export const originTag = 'hozon-copy-of';
/** The same: a JSON list of the paths that were stored, where there were several. */
export const pathsTag = 'hozon-paths';
/** The same: a JSON list of the tags, where some are not `name:value` or share a name. */
export const tagsTag = 'hozon-tags';

/** What begins tags by which a copy in a restic repository keeps what restic has no room for. */
export const keptTags = {
  description: 'kopia-description:',
  pin: 'kopia-pin:',
  incomplete: 'kopia-incomplete:',
} as const;
