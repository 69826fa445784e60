import { mapConcurrent } from '#foundation/concurrency.ts';
import { type BytePath, pathBytes } from '../trees/byte-path.ts';
import type { Browsable, ListingOptions, StoredEntry } from './browsable.ts';
import { depthFirst, type Step } from './depth-first.ts';

/** An entry, and where in the snapshot it is. */
export interface FoundEntry {
  /** From `/` on, in bytes. */
  readonly path: Buffer;
  readonly entry: StoredEntry;
}

/** An entry of a directory, and what is in it where it is a directory that was asked for. */
export interface ListedEntry {
  readonly entry: StoredEntry;
  readonly entries: readonly StoredEntry[] | undefined;
}

/** Directories that are read before they are asked for. */
const readAhead = 4;

/**
 * Entries in their order; those that are directories and `wanted` with the entries in them, of which a few are read ahead.
 *
 * @throws as {@link Browsable.list} does
 */
export async function* withListings(
  { list }: Pick<Browsable, 'list'>,
  entries: readonly StoredEntry[],
  {
    wanted = () => true,
    ...options
  }: ListingOptions & { readonly wanted?: ((entry: StoredEntry) => boolean) | undefined } = {},
): AsyncGenerator<ListedEntry> {
  const directories = entries.filter(entry => entry.directory !== undefined && wanted(entry));
  const chosen = new Set(directories);
  const reading = mapConcurrent(directories, readAhead, ({ directory = '' }) => list(directory, options));
  try {
    for (const entry of entries) {
      const inside = chosen.has(entry) ? await reading.next() : undefined;
      yield { entry, entries: inside?.done === false ? inside.value : undefined };
    }
  } finally {
    await reading.return(undefined);
  }
}

export interface WalkOptions extends ListingOptions {
  /** Whether directories below the first are entered too; they are unless told. */
  readonly recursive?: boolean | undefined;
}

/**
 * Every entry below a directory, parents before what is in them; an entry that is none by itself. `path` is where the first one is,
 * empty for the root of a snapshot.
 *
 * @throws as {@link Browsable.list} does, and `tooDeep` for directories without end
 */
export async function* walkStored(
  browsable: Pick<Browsable, 'list'>,
  { entry, path }: { readonly entry: StoredEntry; readonly path: BytePath },
  options: WalkOptions = {},
): AsyncGenerator<FoundEntry> {
  if (entry.directory === undefined) {
    yield { path: pathBytes(path === '' ? `/${entry.name}` : path), entry };
    return;
  }
  const entries = await browsable.list(entry.directory, options);
  yield* depthFirst(stepsOf(browsable, { entries, path }, options), endless);
}

async function* stepsOf(
  browsable: Pick<Browsable, 'list'>,
  { entries, path }: { readonly entries: readonly StoredEntry[]; readonly path: BytePath },
  options: WalkOptions,
): AsyncGenerator<Step<FoundEntry>> {
  const wanted = (): boolean => options.recursive !== false;
  for await (const { entry, entries: inside } of withListings(browsable, entries, { ...options, wanted })) {
    const there = `${path}/${entry.name}`;
    const below = inside && stepsOf(browsable, { entries: inside, path: there }, options);
    yield { item: { path: pathBytes(there), entry }, below };
  }
}

/** Only who can forge what a repository seals can make directories that have no end. */
export function endless(): Error {
  return new Error('directories are nested absurdly deep');
}
