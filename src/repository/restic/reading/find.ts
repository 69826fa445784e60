import type { StoreOptions } from '#storage/object-store.ts';
import { depthFirst, type Step } from '../../browsing/depth-first.ts';
import type { PathTest } from '../../browsing/path-test.ts';
import { parseTime } from '../../format/go-time.ts';
import { readTreeBlob } from '../access/blobs.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import type { StoredSnapshot } from '../access/snapshots.ts';
import type { TreeNode } from '../format/tree.ts';
import { Barren, type Directory } from './barren.ts';
import { below, type Entry } from './browse.ts';
import { tooDeep, withEntries } from './subtrees.ts';

export interface FindOptions extends StoreOptions {
  readonly paths: PathTest;
  /** Only what was changed at that moment or later; nanoseconds since 1970. */
  readonly newer?: bigint | undefined;
  /** Only what was changed at that moment or before. */
  readonly older?: bigint | undefined;
}

/** An entry that was looked for, in one of the snapshots. */
export interface Found extends Entry {
  readonly snapshot: StoredSnapshot;
}

/**
 * Looks for entries in snapshots, one after the other. A directory in which nothing was found is not read again where a
 * later snapshot has it in the same place.
 *
 * @throws as reading blobs does
 */
export async function* findPaths(
  repository: IndexedRepository,
  snapshots: Iterable<StoredSnapshot>,
  options: FindOptions,
): AsyncGenerator<Found> {
  const search: Search = { repository, options, barren: new Barren(repository, options.paths.byNameAlone) };
  for (const snapshot of snapshots) {
    const root: Directory = { tree: snapshot.document.tree, path: Buffer.alloc(0), found: false };
    if (search.barren.has(root)) continue;
    const nodes = await readTreeBlob(repository, root.tree, options);
    const steps = stepsOf(search, root, nodes);
    for await (const entry of depthFirst(steps, () => tooDeep(repository, snapshot.id))) {
      yield { ...entry, snapshot };
    }
  }
}

interface Search {
  readonly repository: IndexedRepository;
  readonly options: FindOptions;
  readonly barren: Barren;
}

async function* stepsOf(
  search: Search,
  directory: Directory,
  nodes: readonly TreeNode[],
): AsyncGenerator<Step<Entry>> {
  const { repository, options, barren } = search;
  const wanted = (node: TreeNode): boolean => {
    const path = below(directory.path, node);
    if (!options.paths.mayMatchBelow(path)) return false;
    // What is below a directory that matches does so too, wherever it was searched in vain.
    return options.paths.matches(path) || !barren.has({ tree: node.subtree ?? '', path });
  };
  for await (const { node, entries } of withEntries(repository, nodes, { ...options, wanted })) {
    const path = below(directory.path, node);
    const item = isWanted(options, { path, node }) ? { path, node } : undefined;
    if (item !== undefined) directory.found = true;
    const inside: Directory = { tree: node.subtree ?? '', path, found: false, parent: directory };
    yield { item, below: entries && stepsOf(search, inside, entries) };
  }
  barren.leave(directory);
}

function isWanted({ paths, newer, older }: FindOptions, { path, node }: Entry): boolean {
  if (!paths.matches(path)) return false;
  if (newer === undefined && older === undefined) return true;
  const time = parseTime(node.mtime ?? '');
  if (time === undefined) return false;
  return (newer === undefined || time >= newer) && (older === undefined || time <= older);
}
