import { type BigIntStats, lstatSync, readdirSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { type BytePath, joined, pathBytes } from './byte-path.ts';
import { type ExcludeRules, Exclusion } from './excludes/exclusion.ts';
import type { MarkFailure } from './excludes/marked-directories.ts';
import { type Describe, type EntryPlace, type LocalEntry, localEntry, typeOf } from './local-entry.ts';
import type { SourceEvent } from './source.ts';
import type { TargetTree } from './targets.ts';

export interface WalkOptions {
  /** Absolute: what relative targets are relative to. */
  readonly base: BytePath;
  readonly rules: ExcludeRules;
  /** The devices of the targets, by their absolute paths. */
  readonly devices: ReadonlyMap<BytePath, bigint>;
  /** {@link localEntry} unless told otherwise. */
  readonly describe?: Describe | undefined;
}

/** A directory that is being gone through. */
interface Opened {
  /** In the tree; `''` is the root. */
  readonly path: BytePath;
  /** Absolute; of no meaning where the names are planned. */
  readonly local: BytePath;
  readonly names: readonly BytePath[];
  readonly planned?: ReadonlyMap<BytePath, TargetTree> | undefined;
  at: number;
}

/** Events of one batch: some milliseconds of work, between which others get their turn. */
const batchEvents = 512;

/** Goes through planned targets in order, by synchronous calls, which are several times faster than asynchronous ones. */
export class DirectoryWalk {
  readonly #base: BytePath;
  readonly #exclusion: Exclusion;
  readonly #opened: Opened[];
  readonly #describe: Describe;
  #events: SourceEvent[] = [];
  /** What is being looked at. */
  #place: { readonly path: BytePath; readonly local: BytePath } = { path: '', local: '/' };

  constructor(tree: TargetTree, { base, rules, devices, describe = localEntry }: WalkOptions) {
    this.#base = base;
    this.#describe = describe;
    const failure: MarkFailure = (mark, error) => this.#fail(this.#beside(mark), error);
    this.#exclusion = new Exclusion(rules, { devices, failure });
    this.#opened = [planned('', tree)];
  }

  get ended(): boolean {
    return this.#opened.length === 0;
  }

  /** The next events; none where all that was looked at is left out. */
  next(): readonly SourceEvent[] {
    this.#events = [];
    for (let looked = 0; this.#events.length < batchEvents && looked < 4 * batchEvents; looked++) {
      const directory = this.#opened.at(-1);
      if (directory === undefined) return this.#events;
      this.#advance(directory);
    }
    return this.#events;
  }

  #advance(directory: Opened): void {
    const name = directory.names[directory.at++];
    if (name === undefined) {
      this.#opened.pop();
      if (directory.path !== '') this.#events.push({ kind: 'left', path: pathBytes(directory.path) });
      return;
    }
    const path = joined(directory.path, name);
    const target = directory.planned?.get(name);
    if (target === undefined) this.#store(path, joined(directory.local, name));
    else if (target.stored !== undefined) this.#store(path, this.#absolute(target.stored));
    else this.#pass(path, target);
  }

  #absolute(path: BytePath): BytePath {
    return posix.resolve(this.#base, path);
  }

  /** A directory on the way to a target; it may be reached through a symlink. */
  #pass(path: BytePath, target: TargetTree): void {
    const local = pathBytes(this.#absolute(target.passed ?? ''));
    this.#attempt(path, () => {
      const stat = statSync(local, { bigint: true });
      if (!stat.isDirectory()) throw notDirectory(local);
      this.#tell(this.#describe(stat, { path: pathBytes(path), local, follow: true }));
      this.#opened.push(planned(path, target));
    });
  }

  #store(path: BytePath, local: BytePath): void {
    if (this.#exclusion.byName(local)) return;
    const place = { path: pathBytes(path), local: pathBytes(local) };
    this.#attempt(path, () => {
      const stat = lstatSync(place.local, { bigint: true });
      this.#place = { path, local };
      if (this.#exclusion.byNature(local, stat)) return;
      if (stat.isDirectory()) this.#open({ path, local }, stat, place);
      else this.#leaf(stat, place);
    });
  }

  #leaf(stat: BigIntStats, place: EntryPlace): void {
    const type = typeOf(stat);
    if (type === 'socket') return;
    this.#tell(this.#describe(stat, place), type === 'file' ? place.local : undefined);
  }

  #open(directory: Pick<Opened, 'path' | 'local'>, stat: BigIntStats, place: EntryPlace): void {
    const names = readdirSync(place.local, 'latin1').sort();
    // Listing follows a symlink that took the directory's place.
    if (!lstatSync(place.local).isDirectory()) throw notDirectory(place.local);
    this.#tell(this.#describe(stat, place));
    this.#opened.push({ ...directory, names, at: 0 });
  }

  #tell({ entry, error }: LocalEntry, content?: Buffer): void {
    if (error !== undefined) this.#events.push({ kind: 'failed', path: entry.path, error });
    const read = content === undefined ? undefined : ({ kind: 'path', path: content } as const);
    this.#events.push({ kind: 'entry', entry, content: read });
  }

  /** Where in the tree a file is that is in the directory of what is being looked at. */
  #beside(local: BytePath): BytePath {
    const above = posix.dirname(this.#place.local);
    return posix.join(posix.dirname(this.#place.path), posix.relative(above, local));
  }

  /** What the system refuses is told, and the walk goes on. */
  #attempt(path: BytePath, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.#fail(path, error);
    }
  }

  #fail(path: BytePath, error: NodeJS.ErrnoException): void {
    this.#events.push({ kind: 'failed', path: pathBytes(path), error });
  }
}

function planned(path: BytePath, { nodes }: TargetTree): Opened {
  return { path, local: '', names: [...nodes.keys()].sort(), planned: nodes, at: 0 };
}

function notDirectory(path: Buffer): NodeJS.ErrnoException {
  const text = `ENOTDIR: not a directory, scandir '${path.toString()}'`;
  return Object.assign(new Error(text), { code: 'ENOTDIR', syscall: 'scandir', path: path.toString() });
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
