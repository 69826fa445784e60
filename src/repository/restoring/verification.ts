import { forEachConcurrent } from '#foundation/concurrency.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { joined, pathBytes } from '../trees/byte-path.ts';
import type { Described } from '../trees/entry.ts';
import type { DirectoryTarget, EnteredDirectory } from '../trees/target/directory-target.ts';
import { differencesOf } from '../trees/target/target-comparison.ts';
import type { Difference, TargetEvent } from '../trees/target/target-event.ts';
import type { Contents } from './contents.ts';
import type { ComparedFile } from './orders.ts';
import type { Visit } from './walk.ts';
import type { RestoreWorkers } from './workers.ts';

export interface VerificationOptions extends StoreOptions {
  readonly contents: Contents;
  readonly target: DirectoryTarget;
  readonly workers: RestoreWorkers;
  readonly concurrency: number;
  /** Whether an entry, by its number in the walk, was restored and is to be looked at. */
  readonly isRestored: (number: number) => boolean;
  readonly report: (event: TargetEvent) => void;
}

/** An entry to be looked at again. */
interface Checked {
  readonly directory: EnteredDirectory;
  readonly name: string;
  readonly entry: Described;
  readonly pieces: readonly string[];
}

const perOrder = 128;
const bytesPerOrder = 16 * 1024 * 1024;

/**
 * Looks at what was restored again: that it is there, of the right type, owner, mode and time, and that files have every byte
 * that they are to have. Reports what differs; how many entries were looked at.
 */
export async function verifyRestored(
  visits: AsyncIterable<Visit>,
  options: VerificationOptions,
): Promise<number> {
  let verified = 0;
  await forEachConcurrent(groups(visits, options), options.concurrency, async group => {
    options.signal?.throwIfAborted();
    const wrong = await wrongContents(group, options);
    for (const checked of group) {
      const differences = [...differencesIn(checked, options.target), ...(wrong.get(checked) ?? [])];
      const path = pathBytes(joined(checked.directory.path, checked.name));
      if (differences.length > 0) options.report({ action: 'differs', path, differences });
    }
    verified += group.length;
  });
  return verified;
}

function differencesIn({ directory, name, entry }: Checked, target: DirectoryTarget): readonly Difference[] {
  return differencesOf(target, { directory, name, entry });
}

async function wrongContents(
  group: readonly Checked[],
  { workers, contents }: VerificationOptions,
): Promise<ReadonlyMap<Checked, readonly Difference[]>> {
  const files = group.filter(({ entry }) => entry.type === 'file');
  const compared = files.map(({ directory, name, pieces }, number): ComparedFile => {
    const sizes = pieces.map(id => contents.sizeOf(contents.find(id)));
    return { directory: directory.path, name, number, pieces, sizes };
  });
  const answer = await workers.run({ kind: 'compare', files: compared });
  const wrong = [...answer.different, ...answer.failed.map(({ number }) => number)];
  return new Map(
    wrong.flatMap(number => {
      const file = files[number];
      return file === undefined ? [] : [[file, ['content'] as const] as const];
    }),
  );
}

async function* groups(
  visits: AsyncIterable<Visit>,
  { isRestored, contents, signal }: VerificationOptions,
): AsyncGenerator<readonly Checked[]> {
  let group: Checked[] = [];
  let bytes = 0;
  for await (const visit of visits) {
    if (visit.kind !== 'entry' || !isRestored(visit.number)) continue;
    const pieces = await contents.pieces(visit.entry.content, { signal });
    const checked = checkedOf(visit, pieces);
    if (checked === undefined) continue;
    group.push(checked);
    bytes += checked.entry.size;
    if (group.length < perOrder && bytes < bytesPerOrder) continue;
    yield group;
    [group, bytes] = [[], 0];
  }
  if (group.length > 0) yield group;
}

function checkedOf(
  { path, entry: { name, described: entry } }: Extract<Visit, { readonly kind: 'entry' }>,
  pieces: readonly string[],
): Checked | undefined {
  if (entry === undefined) return undefined;
  const above = path.slice(0, Math.max(path.length - name.length - 1, 0));
  const directory: EnteredDirectory = { path: above, action: 'unchanged', there: true, fresh: false };
  return { directory, name, entry, pieces };
}
