import { randomBytes } from 'node:crypto';
import { closeSync, constants, mkdirSync, openSync, readlinkSync, statSync } from 'node:fs';
import { type EntryStatus, makeDirectoryAt, statusAt, unlinkAt } from '../../posix/at.ts';
import { type BytePath, bytePath, joined, pathBytes } from '../byte-path.ts';
import type { Described } from '../entry.ts';
import { TargetDirectories } from './target-directories.ts';
import type { Action, Failure, TargetEvent } from './target-event.ts';
import { type FilePlace } from './target-file.ts';
import { applyToDescriptor, applyToName, codeOf, type MetadataProblem } from './target-metadata.ts';
import { type Decision, decide, type OverwritePolicy } from './target-overwrite.ts';
import { namesIn, removeTree } from './target-removal.ts';
import { makeLink, makeSpecial, type Names } from './target-special.ts';
import { makeUsable, removeStale, temporaryPrefix } from './target-temporary.ts';

export interface TargetOptions {
  readonly overwrite: OverwritePolicy;
  /** Whether what is in the way may be removed with all that is below it. */
  readonly delete: boolean;
  /** Changes nothing. */
  readonly dryRun: boolean;
  /** Which extended attributes of what is there are of the restore's concern: all unless told. */
  readonly attributes?: ((name: string) => boolean) | undefined;
  readonly report: (event: TargetEvent) => void;
}

/** What a directory of the target is once it was entered. */
export interface EnteredDirectory {
  readonly path: BytePath;
  readonly action: Action;
  /** Whether it can be looked into: in a dry run, what would be made cannot. */
  readonly there: boolean;
  /** Made by this restore: nothing else is in it. */
  readonly fresh: boolean;
}

/**
 * A directory of this machine as the target of a restore. Nothing outside it is touched, no symlink in it is followed, and whatever
 * gets a name is whole before: a file that cannot be written leaves what was there. Of one thread; files' contents are
 * written by others (`target-file.ts`), which share {@link root}.
 */
export class DirectoryTarget implements Disposable {
  /** The descriptor of the target, which is open until this is disposed of; -1 in a dry run where it does not exist. */
  readonly root: number;
  readonly directories: TargetDirectories;
  readonly #options: TargetOptions;
  readonly #prefix = temporaryPrefix(process.pid, randomBytes(6).toString('hex'));
  /** Entries that are linked from stay open beside those that are linked to. */
  readonly #linked: TargetDirectories;
  #temporaries = 0;

  /** Makes the directory, and those above it, where they are not there. @throws of the operating system */
  constructor(path: string, options: TargetOptions) {
    this.#options = options;
    if (!options.dryRun) mkdirSync(path, { recursive: true, mode: 0o700 });
    const there = !options.dryRun || statSync(path, { throwIfNoEntry: false }) !== undefined;
    this.root = there ? openSync(path, constants.O_RDONLY | constants.O_DIRECTORY) : -1;
    this.directories = new TargetDirectories(this.root);
    this.#linked = new TargetDirectories(this.root, 8);
  }

  /** The target itself. */
  enterRoot(): EnteredDirectory {
    return { path: '', action: 'unchanged', there: this.root !== -1, fresh: false };
  }

  /** A name that nothing else in the target has. */
  temporaryName(): BytePath {
    return `${this.prefix('m')}${this.#temporaries++}`;
  }

  /** How such names begin of one of several threads. */
  prefix(thread: string): string {
    return `${this.#prefix}${thread}-`;
  }

  /**
   * Makes a directory, or opens the one that is there; its metadata comes when it is left. Nothing where it cannot be entered: that is
   * reported.
   */
  enter(above: EnteredDirectory, entry: Described, name: BytePath): EnteredDirectory | undefined {
    const path = joined(above.path, name);
    try {
      const status = above.fresh ? undefined : this.status(above, name);
      const isDirectory = status !== undefined && (status.mode & constants.S_IFMT) === constants.S_IFDIR;
      if (isDirectory) return this.#enterExisting(above, path, status);
      const decision = decide(this.#options.overwrite, entry, { existing: status, size: 0 });
      if (decision === 'leave') {
        this.came('left', path, entry);
        return undefined;
      }
      this.#make(above, name, status);
      const there = !this.#options.dryRun;
      return { path, there, fresh: true, action: status === undefined ? 'written' : 'updated' };
    } catch (thrown) {
      this.failed(path, { code: codeOf(thrown) });
      return undefined;
    }
  }

  #make(above: EnteredDirectory, name: BytePath, inTheWay: EntryStatus | undefined): void {
    if (this.#options.dryRun) return;
    const directory = this.directories.at(above.path);
    if (inTheWay !== undefined) unlinkAt(directory, pathBytes(name));
    makeDirectoryAt(directory, pathBytes(name), ownerOnly);
  }

  #enterExisting(above: EnteredDirectory, path: BytePath, status: EntryStatus): EnteredDirectory {
    if (!this.#options.dryRun) {
      const directory = this.directories.at(above.path);
      const name = pathBytes(path.slice(above.path === '' ? 0 : above.path.length + 1));
      makeUsable(directory, name, status);
      removeStale(this.directories.at(path), this.#prefix);
    }
    return { path, action: 'unchanged', there: true, fresh: false };
  }

  /** What has a name in a directory. @throws of the operating system */
  status(directory: EnteredDirectory, name: BytePath): EntryStatus | undefined {
    if (!directory.there) return undefined;
    return statusAt(this.directories.at(directory.path), pathBytes(name));
  }

  /** What is to become of an entry that is no directory; `size` are the bytes of a file's content. */
  decide(directory: EnteredDirectory, entry: Described, name: BytePath, size: number): Decided {
    const existing = directory.fresh ? undefined : this.status(directory, name);
    const decision = decide(this.#options.overwrite, entry, { existing, size });
    if (decision !== 'compare' || entry.type !== 'symlink') return { decision, existing };
    const same = this.leadsTo(directory, name).equals(entry.target ?? Buffer.alloc(0));
    return { decision: same ? 'keep' : 'write', existing };
  }

  /** Where a symlink leads. @throws of the operating system */
  leadsTo(directory: EnteredDirectory, name: BytePath): Buffer {
    const path = `/proc/self/fd/${this.directories.at(directory.path)}/${name}`;
    return readlinkSync(pathBytes(path), { encoding: 'buffer' });
  }

  /** Removes a directory that has the name of something else: all of it only where deleting was asked for. @throws of the operating system */
  clearWay(directory: EnteredDirectory, name: BytePath, existing: EntryStatus | undefined): void {
    if (existing === undefined || (existing.mode & constants.S_IFMT) !== constants.S_IFDIR) return;
    const path = joined(directory.path, name);
    if (!this.#options.delete && this.#holdsSomething(path)) {
      throw Object.assign(new Error('ENOTEMPTY: a directory is in the way'), { code: 'ENOTEMPTY' });
    }
    this.remove(directory, name);
  }

  #holdsSomething(path: BytePath): boolean {
    return namesIn(this.directories.at(path)).length > 0;
  }

  /** Removes an entry and all below it, and reports each. */
  remove(directory: EnteredDirectory, name: BytePath): void {
    this.directories.forget(joined(directory.path, name));
    this.#linked.forget(joined(directory.path, name));
    const { dryRun } = this.#options;
    for (const { path, code } of removeTree(this.directories.at(directory.path), pathBytes(name), {
      dryRun,
    })) {
      const whole = joined(directory.path, path);
      if (code === undefined) this.#options.report({ action: 'removed', path: pathBytes(whole) });
      else this.failed(whole, { code });
    }
  }

  /** Makes what is neither file nor directory. @throws of the operating system */
  special(
    directory: EnteredDirectory,
    entry: Described,
    { name, existing }: Pick<Linking, 'name' | 'existing'>,
  ): void {
    this.clearWay(directory, name, existing);
    const problems = this.#options.dryRun ? [] : makeSpecial(this.#names(directory, name), entry);
    this.came(existing === undefined ? 'written' : 'updated', joined(directory.path, name), entry, problems);
  }

  #names({ path }: EnteredDirectory, name: BytePath): Names {
    const temporary = pathBytes(this.temporaryName());
    return { directory: this.directories.at(path), name: pathBytes(name), temporary };
  }

  /** Gives an entry that has the right content its metadata. @throws of the operating system */
  keep({ directory, name }: FilePlace, entry: Described): void {
    const path = joined(directory, name);
    const problems = this.#options.dryRun
      ? []
      : applyToName(this.directories.at(directory), pathBytes(name), entry, this.#options.attributes);
    this.came('unchanged', path, entry, problems);
  }

  /** Makes a second name of an entry that is there. @throws of the operating system */
  link(directory: EnteredDirectory, entry: Described, { name, from, existing }: Linking): void {
    this.clearWay(directory, name, existing);
    if (!this.#options.dryRun) {
      const source = { directory: this.#linked.at(from.directory), name: pathBytes(from.name) };
      makeLink(source, this.#names(directory, name));
    }
    this.came(existing === undefined ? 'written' : 'updated', joined(directory.path, name), entry);
  }

  /** Sets the metadata of a directory whose entries are all there. Failures are reported. */
  leave(directory: EnteredDirectory, entry: Described): void {
    const { path, action } = directory;
    try {
      const problems = this.#options.dryRun
        ? []
        : applyToDescriptor(this.directories.at(path), entry, { selected: this.#options.attributes });
      this.came(action, path, entry, problems);
    } catch (thrown) {
      this.failed(path, { code: codeOf(thrown) });
    }
  }

  /** The names in a directory. @throws of the operating system */
  names(directory: EnteredDirectory): readonly BytePath[] {
    if (!directory.there) return [];
    const names = namesIn(this.directories.at(directory.path));
    return names.map(name => bytePath(name)).filter(name => !name.startsWith(this.#prefix));
  }

  failed(path: BytePath, failure: Failure): void {
    this.#options.report({ action: 'failed', path: pathBytes(path), failure });
  }

  /** Reports what became of an entry. */
  came(action: Action, path: BytePath, { type }: Described, problems: readonly MetadataProblem[] = []): void {
    this.#options.report({ action, path: pathBytes(path), type, problems });
  }

  [Symbol.dispose](): void {
    this.directories.close();
    this.#linked.close();
    if (this.root !== -1) closeSync(this.root);
  }
}

export interface Decided {
  readonly decision: Decision;
  readonly existing: EntryStatus | undefined;
}

export interface Linking {
  readonly name: BytePath;
  /** The name that the entry has already. */
  readonly from: FilePlace;
  readonly existing: EntryStatus | undefined;
}

const ownerOnly = 0o700;
