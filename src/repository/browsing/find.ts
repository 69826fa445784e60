import type { StoreOptions } from '#storage/object-store.ts';
import { type BytePath, pathBytes } from '../trees/byte-path.ts';
import type { Browsable, BrowsedSnapshot, StoredEntry } from './browsable.ts';
import { depthFirst, type Step } from './depth-first.ts';
import { DigestSet } from './digest-set.ts';
import type { PathTest } from './path-test.ts';
import { endless, type FoundEntry, withListings } from './walk.ts';

export interface SearchOptions extends StoreOptions {
  /** Whether an entry is looked for. */
  readonly isWanted: (found: FoundEntry) => boolean | Promise<boolean>;
  /** Whether anything below a directory may be; what is in one that is looked for is searched, too. */
  readonly mayBeBelow: (path: Buffer) => boolean;
  /** Whether what is found in a directory depends on what is in it alone, and not on where it is. */
  readonly anywhere: boolean;
}

/** An entry that was looked for, in one of the snapshots. */
export interface FoundInSnapshot extends FoundEntry {
  readonly snapshot: BrowsedSnapshot;
}

/** Directories that are remembered at most: some 30 MB. */
const limit = 1_000_000;

/**
 * Looks for entries in snapshots, one after the other. A directory in which nothing was found is not read again where another
 * snapshot has it.
 *
 * @throws as {@link Browsable.list} does
 */
export async function* searchSnapshots(
  browsable: Browsable,
  snapshots: Iterable<BrowsedSnapshot>,
  options: SearchOptions,
): AsyncGenerator<FoundInSnapshot> {
  const search: Search = { browsable, options, barren: new DigestSet() };
  for (const snapshot of snapshots) {
    const steps = stepsOf(search, { entries: [snapshot.root], above: undefined });
    for await (const found of depthFirst(steps, endless)) yield { ...found, snapshot };
  }
}

interface Search {
  readonly browsable: Browsable;
  readonly options: SearchOptions;
  /** Directories that were searched in vain. */
  readonly barren: DigestSet;
}

/** A directory that is being searched. */
interface Searched {
  readonly path: BytePath;
  readonly key: string;
  found: boolean;
  readonly above: Searched | undefined;
}

async function* stepsOf(
  search: Search,
  { entries, above }: { readonly entries: readonly StoredEntry[]; readonly above: Searched | undefined },
): AsyncGenerator<Step<FoundEntry>> {
  const { browsable, options, barren } = search;
  const wanted = (entry: StoredEntry): boolean => {
    const path = pathOf(entry, above);
    return options.mayBeBelow(pathBytes(path)) && !barren.has(Buffer.from(keyOf(search, entry, path)));
  };
  const { signal } = options;
  for await (const { entry, entries: inside } of withListings(browsable, entries, { signal, wanted })) {
    const path = pathOf(entry, above);
    const found = { path: pathBytes(path === '' ? '/' : path), entry };
    // the root of a snapshot is no entry of it, unless it is all there is
    const isEntry = above !== undefined || entry.directory === undefined;
    const item = isEntry && (await options.isWanted(found)) ? found : undefined;
    if (item !== undefined && above !== undefined) above.found = true;
    const directory: Searched = { path, key: keyOf(search, entry, path), found: false, above };
    yield { item, below: inside && stepsOf(search, { entries: inside, above: directory }) };
  }
  leave(search, above);
}

function leave({ barren }: Search, directory: Searched | undefined): void {
  if (directory === undefined) return;
  if (!directory.found) {
    if (barren.size < limit) barren.add(Buffer.from(directory.key));
  } else if (directory.above !== undefined) directory.above.found = true;
}

function pathOf({ name, directory }: StoredEntry, above: Searched | undefined): BytePath {
  if (above === undefined) return directory === undefined ? `/${name}` : '';
  return `${above.path}/${name}`;
}

function keyOf({ options }: Search, { directory = '' }: StoredEntry, path: BytePath): string {
  return options.anywhere ? directory : `${directory} ${path}`;
}

/** A search for paths, and for when their entries were changed: nanoseconds since 1970. */
export function byPaths(
  paths: PathTest,
  { newer, older }: { readonly newer?: bigint | undefined; readonly older?: bigint | undefined },
): SearchOptions {
  return {
    isWanted: ({ path, entry: { described } }) => {
      if (!paths.matches(path)) return false;
      if (newer === undefined && older === undefined) return true;
      if (described === undefined) return false;
      const { mtime } = described;
      return (newer === undefined || mtime >= newer) && (older === undefined || mtime <= older);
    },
    mayBeBelow: path => path.length === 0 || paths.mayMatchBelow(path),
    anywhere: paths.byNameAlone,
  };
}
