import type { BrowsedSnapshot } from '../../browsing/browsable.ts';
import { keptTags, originTag, pathsTag, tagsTag } from '../../copying/kept-in-tags.ts';
import type { LandedSnapshot } from '../../copying/landing.ts';
import type { DirectoryEntry } from '../format/directory.ts';
import type { SnapshotManifest, SnapshotStats } from '../format/snapshot-manifest.ts';
import type { KopiaDirectory } from './landing.ts';

/** What kopia writes before the name of a tag that a person has set. */
const tagPrefix = 'tag:';

/** The manifest of a copied snapshot. Who and where are not left empty, as kopia has to have them. */
export function manifestOf(
  { source, root, origin, kopiaTags }: LandedSnapshot<KopiaDirectory>,
  rootEntry: DirectoryEntry,
): SnapshotManifest {
  const { time, ended = time, host, user } = source;
  const kept = kopiaTags === undefined ? keptOf(source) : { ...noneKept, own: source.tags };
  return {
    source: { host: host || 'unknown', userName: user || 'unknown', path: root.path },
    description: source.description ?? kept.description,
    startTime: time,
    endTime: ended,
    stats: statsOf(rootEntry),
    incomplete: source.incomplete ?? kept.incomplete,
    rootEntry,
    tags: { ...(kopiaTags ?? tagsOf(source, kept.own)), [tagPrefix + originTag]: origin },
    pins: [...source.pins, ...kept.pins],
  };
}

interface Kept {
  readonly own: readonly string[];
  readonly description: string;
  readonly incomplete: string;
  readonly pins: readonly string[];
}

const noneKept: Kept = { own: [], description: '', incomplete: '', pins: [] };

/** What a copy in a restic repository kept in its tags. */
function keptOf({ tags }: BrowsedSnapshot): Kept {
  const all = (prefix: string): string[] =>
    tags.filter(tag => tag.startsWith(prefix)).map(tag => tag.slice(prefix.length));
  const prefixes = Object.values(keptTags);
  return {
    own: tags.filter(tag => !prefixes.some(prefix => tag.startsWith(prefix))),
    description: all(keptTags.description)[0] ?? '',
    incomplete: all(keptTags.incomplete)[0] ?? '',
    pins: all(keptTags.pin),
  };
}

/** A tag without a value has an empty one. Where that is not all there is to say, a list says it again. */
function tagsOf({ paths }: BrowsedSnapshot, own: readonly string[]): Record<string, string> {
  const pairs = own.map(tag => {
    const at = tag.indexOf(':');
    return at <= 0
      ? ([tagPrefix + tag, ''] as const)
      : ([tagPrefix + tag.slice(0, at), tag.slice(at + 1)] as const);
  });
  const tags = Object.fromEntries(pairs);
  const plain = own.every(tag => /^[^:]+:./s.test(tag)) && Object.keys(tags).length === own.length;
  return {
    ...tags,
    ...(plain ? {} : { [tagPrefix + tagsTag]: JSON.stringify(own) }),
    ...(paths.length > 1 ? { [tagPrefix + pathsTag]: JSON.stringify(paths) } : {}),
  };
}

/** As of a run in which everything was read. */
function statsOf({ size, summary }: DirectoryEntry): SnapshotStats {
  const files = summary?.files ?? 1;
  return {
    totalSize: summary?.size ?? size,
    excludedTotalSize: 0,
    fileCount: files,
    cachedFiles: 0,
    nonCachedFiles: files,
    dirCount: summary?.dirs ?? 0,
    excludedFileCount: 0,
    excludedDirCount: 0,
    ignoredErrorCount: summary?.ignoredErrors ?? 0,
    errorCount: summary?.failed ?? 0,
  };
}
