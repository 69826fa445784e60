import { type BytePath, joined } from '../trees/byte-path.ts';
import type { Described } from '../trees/entry.ts';
import type { DirectoryTarget, EnteredDirectory } from '../trees/target/directory-target.ts';
import { codeOf } from '../trees/target/target-metadata.ts';
import type { Decision } from '../trees/target/target-overwrite.ts';
import type { Contents } from './contents.ts';
import { type FirstName, FirstNames } from './first-names.ts';
import type { PlannedFile } from './planned-file.ts';
import { failureOf, firstNameFailed } from './reasons.ts';

/** An entry that is no directory, and where it is to be. */
export interface FoundEntry {
  readonly directory: EnteredDirectory;
  readonly name: BytePath;
  readonly entry: Described;
  /** Ids of what a file is made of. */
  readonly pieces: readonly string[];
  /** The number of the entry in the walk. */
  readonly number: number;
}

/** What is still to be done for an entry. */
export type Plan =
  | { readonly kind: 'done' }
  | { readonly kind: 'compare' | 'write'; readonly file: PlannedFile }
  /** When everything before it is written. */
  | { readonly kind: 'afterwards'; readonly action: () => void };

const done: Plan = { kind: 'done' };

export interface EntryPlannerOptions {
  readonly target: DirectoryTarget;
  readonly contents: Contents;
  /** Told the number of what was made at once, or afterwards. */
  readonly restored: (number: number) => void;
}

/**
 * Decides what becomes of entries. What is neither file nor directory is made at once; of a file only metadata may be set at once, its
 * content is the work of others; other names of an entry come after its first.
 */
export class EntryPlanner {
  readonly #target: DirectoryTarget;
  readonly #contents: Contents;
  readonly #restored: (number: number) => void;
  readonly #firsts = new FirstNames();

  constructor({ target, contents, restored }: EntryPlannerOptions) {
    this.#target = target;
    this.#contents = contents;
    this.#restored = restored;
  }

  plan(found: FoundEntry): Plan {
    return this.#reporting(found, () => {
      const first = this.#firsts.of(found.entry, found.pieces);
      if (first !== undefined) return { kind: 'afterwards', action: () => this.#link(first, found) };
      return found.entry.type === 'file' ? this.#file(found) : this.#special(found);
    });
  }

  /** What the operating system refuses is reported of the entry. */
  #reporting(found: FoundEntry, action: () => Plan): Plan {
    try {
      return action();
    } catch (thrown) {
      this.#target.failed(pathOf(found), { code: codeOf(thrown) });
      return done;
    }
  }

  #special(found: FoundEntry): Plan {
    const { directory, name, entry } = found;
    const { decision, existing } = this.#decide(found, 0);
    switch (decision) {
      case 'leave':
        this.#target.came('left', pathOf(found), entry);
        break;
      case 'keep':
        this.#target.keep({ directory: directory.path, name }, entry);
        this.#isFirst(found, () => 'kept');
        break;
      case 'compare':
      case 'write':
        this.#target.special(directory, entry, { name, existing });
        this.#isFirst(found, () => 'written');
        this.#restored(found.number);
        break;
    }
    return done;
  }

  #decide(found: FoundEntry, size: number) {
    const { directory, name, entry } = found;
    const { decision, existing } = this.#target.decide(directory, entry, name, size);
    const reused: readonly Decision[] = ['keep', 'compare'];
    if (!reused.includes(decision) || !this.#firsts.isTaken(existing, entry)) return { decision, existing };
    return { decision: 'write' as const, existing };
  }

  #isFirst({ entry, directory, name, pieces }: FoundEntry, outcome: FirstName['outcome']): void {
    this.#firsts.add(entry, { directory, name, content: pieces, outcome });
  }

  #file(found: FoundEntry): Plan {
    const { directory, name, entry, pieces } = found;
    const sizes: number[] = [];
    for (const id of pieces) {
      const piece = this.#contents.find(id);
      if (piece === -1) {
        this.#target.failed(pathOf(found), failureOf(this.#contents.missing(id)));
        return done;
      }
      sizes.push(this.#contents.sizeOf(piece));
    }
    const size = sizes.reduce((sum, each) => sum + each, 0);
    const { decision, existing } = this.#decide(found, size);
    if (decision === 'leave') {
      this.#target.came('left', pathOf(found), entry);
      return done;
    }
    if (decision === 'write') this.#target.clearWay(directory, name, existing);
    const file = plannedFile(found, { sizes, size, replaces: existing !== undefined });
    this.#isFirst(found, () => file.outcome);
    if (decision !== 'keep') return { kind: decision, file };
    this.#target.keep(file.place, entry);
    file.outcome = 'kept';
    return done;
  }

  #link(first: FirstName, found: FoundEntry): void {
    this.#reporting(found, () => {
      const { directory, name, entry } = found;
      const { decision, existing } = this.#target.decide(directory, entry, name, 0);
      const outcome = first.outcome();
      if (decision === 'leave') this.#target.came('left', pathOf(found), entry);
      else if (outcome === 'failed') this.#target.failed(pathOf(found), firstNameFailed);
      else if (outcome === 'kept' && this.#isSame(first, existing)) {
        this.#target.came('unchanged', pathOf(found), entry);
      } else {
        const from = { directory: first.directory.path, name: first.name };
        this.#target.link(directory, entry, { name, from, existing });
        this.#restored(found.number);
      }
      return done;
    });
  }

  #isSame({ directory, name }: FirstName, existing: ReturnType<DirectoryTarget['status']>): boolean {
    const there = this.#target.status(directory, name);
    return existing !== undefined && there?.inode === existing.inode && there.device === existing.device;
  }
}

function pathOf({ directory, name }: FoundEntry): BytePath {
  return joined(directory.path, name);
}

function plannedFile(
  found: FoundEntry,
  { sizes, size, replaces }: Pick<PlannedFile, 'sizes' | 'size' | 'replaces'>,
): PlannedFile {
  const { directory, name, entry, pieces, number } = found;
  return {
    path: pathOf(found),
    place: { directory: directory.path, name },
    entry,
    number,
    pieces,
    sizes,
    size,
    replaces,
    remaining: pieces.length,
    problems: entry.size === size ? [] : [{ what: 'size', code: 'EINVAL' }],
  };
}
