import { UnderWay } from '../../archiving/under-way.ts';
import { raise } from '../../errors.ts';
import { type BytePath, bytePath, joined, pathBytes } from '../../trees/byte-path.ts';
import type { Entry } from '../../trees/entry.ts';
import type { Content, FailedEntry, FoundEntry, SourceEvent } from '../../trees/source.ts';
import type { DirectoryEntry } from '../format/directory.ts';
import type { ObjectId } from '../format/object-id.ts';
import { childPolicies, type PolicyTree } from '../policies/policy-tree.ts';
import { metadataCompressorOf, sectionSizeOf } from '../policies/settings.ts';
import type { EarlierFiles, FollowedWalk, Follower } from '../walking/follower.ts';
import type { KopiaWriter, StoredObject, UnreadObject } from '../writing/kopia-writer.ts';
import { type Place, SnapshotDirectory } from './directory.ts';
import { comparison, entryOf, knownAs, rootFileEntry } from './earlier-entries.ts';
import { EarlierFilesOf, type TakingOver } from './earlier-files.ts';
import { type FailedPath, Failures } from './failures.ts';
import { FileArchive } from './file-archive.ts';
import { Findings } from './findings.ts';
import type { PreviousContents } from './previous-contents.ts';
import { PreviousDirectories, type PreviousDirectory } from './previous-directories.ts';
import { PreviousPlaces } from './previous-places.ts';
import { StoredObjects } from './stored-objects.ts';
import { Tally } from './tally.ts';
import { type Found, UnchangedEntries } from './unchanged-entries.ts';
import { UnfinishedFiles } from './unfinished-files.ts';

export interface ArchiveOptions {
  readonly policies: PolicyTree;
  /** Where files are looked for that have not changed; absent where every file is to be read. */
  readonly previous?:
    | { readonly contents: PreviousContents; readonly roots: readonly ObjectId[] }
    | undefined;
  /** What the snapshot is of, where a source does not tell its root: a directory like this. */
  readonly root: Omit<Entry, 'path'>;
  /** What the root is called. */
  readonly rootName: BytePath;
  /** Where on this machine it is, for what is said of failures. */
  readonly localRoot: string;
  /** Told of each failure at once. */
  readonly onFailure?: ((failure: FailedPath) => void) | undefined;
  /** Told when more of a stream was read. */
  readonly onRead?: (() => void) | undefined;
}

/** Directories that are being stored at once. */
const directoriesUnderWay = 64;

type FoundFile = Found & { readonly content: Content };

/** Makes a snapshot's directories out of a source's events. A directory is held until all of it is stored, then only its object is. */
export class TreeArchive {
  readonly findings = new Findings();
  readonly tally = new Tally();
  readonly #writer: KopiaWriter;
  readonly #options: ArchiveOptions;
  readonly #files: FileArchive;
  readonly #failures: Failures;
  readonly #previous: PreviousPlaces;
  /** Absent where nothing is compared. */
  readonly #objects: StoredObjects | undefined;
  readonly #unchanged: UnchangedEntries;
  readonly #stores = new UnderWay();
  readonly #unfinished = new UnfinishedFiles();
  /** Directories that may get more entries. */
  readonly #open = new Map<BytePath, SnapshotDirectory>();
  #root: SnapshotDirectory | undefined;
  #rootEntry: DirectoryEntry | undefined;

  /** For a walk that is followed. */
  readonly follower: Follower = {
    take: event => this.#takeOne(event),
    earlier: path => this.#earlier(path),
  };
  readonly #taking: TakingOver = {
    findings: this.findings,
    tally: this.tally,
    isStored: object => this.#objects?.hasNow(object) === true,
    last: { directory: '', name: '' },
  };

  constructor(writer: KopiaWriter, options: ArchiveOptions) {
    this.#writer = writer;
    this.#options = options;
    this.#files = new FileArchive(writer, options.onRead);
    this.#failures = new Failures({ ...options, findings: this.findings, tally: this.tally });
    const { contents } = options.previous ?? {};
    this.#previous = new PreviousPlaces(contents && new PreviousDirectories(contents), this.#failures);
    this.#objects = contents && new StoredObjects(writer, contents);
    this.#unchanged = new UnchangedEntries({
      objects: this.#objects,
      failures: this.#failures,
      tally: this.tally,
    });
  }

  get failures(): readonly FailedPath[] {
    return this.#failures.all;
  }

  /** Bytes so far, also of a stream that has not ended. */
  get bytes(): number {
    return this.tally.counting.bytes + this.#files.reading;
  }

  /** The path of the entry that was taken last. */
  get current(): string {
    const { directory, name } = this.#taking.last;
    return pathBytes(joined(directory, name)).toString();
  }

  /** Takes one batch of a source's events, and waits until there is room for the next. @throws what the writer throws */
  async take(events: readonly SourceEvent[]): Promise<void> {
    for (const event of events) {
      const waiting = this.#takeOne(event);
      if (waiting !== undefined) await waiting;
    }
    await this.#room();
  }

  /** Follows a walk for a while, and waits until there is room for more. @throws what the walk and the writer throw */
  async follow(walk: FollowedWalk): Promise<void> {
    await walk.step();
    await this.#room();
  }

  async #room(): Promise<void> {
    await this.#files.room();
    await this.#stores.below(directoriesUnderWay);
  }

  #earlier(path: BytePath): EarlierFiles | undefined {
    const directory = this.#open.get(path);
    const only = directory?.previous[0];
    if (directory === undefined || only === undefined || directory.previous.length > 1) return undefined;
    return new EarlierFilesOf(path, directory, only.texts, this.#taking);
  }

  /** Waits until everything is with the writer; the root's entry. @throws `repository.nothing-stored`, what the writer throws */
  async end(): Promise<DirectoryEntry> {
    await this.#files.drain();
    const open = [...this.#open.values()].toReversed();
    this.#open.clear();
    for (const directory of open) directory.leave();
    for (const directory of open) this.#settle(directory);
    while (this.#stores.count > 0) await this.#stores.below(this.#stores.count);
    await this.#stores.below(1);
    if (this.#rootEntry === undefined) throw raise['nothing-stored']();
    return this.#rootEntry;
  }

  /** Stores what is there of the root by now, while the writer is held; `undefined` where it was not found yet, or is whole. */
  async checkpoint(): Promise<DirectoryEntry | undefined> {
    try {
      if (this.#rootEntry !== undefined) return undefined;
      const { root } = this.#unfinished;
      if (root !== undefined) return rootFileEntry(pathBytes(root.name).toString(), root.entry);
      if (this.#root === undefined) return undefined;
      return { ...(await this.#soFar(this.#root)), name: pathBytes(this.#options.rootName).toString() };
    } finally {
      this.#unfinished.clear();
    }
  }

  #takeOne(event: SourceEvent): Promise<void> | undefined {
    switch (event.kind) {
      case 'entry':
        if (event.entry.path.length === 0) return this.#beginWith(event);
        if (this.#root === undefined) return this.#begin(this.#options.root).then(() => this.#entry(event));
        return this.#entry(event);
      case 'failed':
        this.#missing(event);
        return undefined;
      case 'left':
        this.#leave(bytePath(event.path));
        return undefined;
    }
  }

  /** The root itself. */
  #beginWith({ entry, content }: FoundEntry): Promise<void> | undefined {
    const { rootName: name, policies } = this.#options;
    this.findings.look(entry, '');
    if (entry.type === 'dir') return this.#begin(entry);
    if (entry.type !== 'file' || content === undefined) return undefined;
    this.tally.reading();
    const file = { entry, content, path: name, name, policy: policies.policy };
    return this.#files.store(file, {
      onHeld: soFar => this.#unfinished.add(undefined, file, soFar),
      stored: result => {
        if ('error' in result) this.#failures.tell({ path: pathBytes(name), error: result.error });
        else this.#rootEntry = this.#rootFile(entry, result);
      },
    });
  }

  #rootFile(entry: Entry, { id, size }: StoredObject): DirectoryEntry {
    this.tally.read(size, 1);
    this.tally.counting.file('new', size);
    const name = pathBytes(this.#options.rootName).toString();
    return rootFileEntry(name, entryOf(entry, { object: id, size: entry.size }), size);
  }

  async #begin(entry: Omit<Entry, 'path'>): Promise<void> {
    const { previous, policies, rootName: name } = this.#options;
    const directories = await this.#previous.read(previous?.roots ?? [], '');
    this.#root = this.#opened('', { above: undefined, name, entry }, { policies, directories });
  }

  #opened(
    path: BytePath,
    place: Place,
    known: { readonly policies: PolicyTree; readonly directories: readonly PreviousDirectory[] },
  ): SnapshotDirectory {
    const directory = new SnapshotDirectory(place, known.policies, known.directories);
    this.#open.set(path, directory);
    place.above?.open.add(directory);
    place.above?.expect();
    this.tally.directory();
    return directory;
  }

  #leave(path: BytePath): void {
    const directory = this.#open.get(path);
    if (directory === undefined) throw new Error(`a directory was left that was not found: ${path}`);
    this.#open.delete(path);
    directory.leave();
    this.#settle(directory);
  }

  #entry({ entry, content }: FoundEntry): Promise<void> | undefined {
    const path = bytePath(entry.path);
    const end = path.lastIndexOf('/');
    const name = path.slice(end + 1);
    const above = end === -1 ? '' : path.slice(0, end);
    this.#taking.last.directory = above;
    this.#taking.last.name = name;
    const directory = this.#open.get(above);
    if (directory === undefined) throw new Error(`an entry was found outside of an open directory: ${path}`);
    const found = { entry, path, name, directory };
    this.findings.look(entry, name);
    if (entry.type === 'dir') return this.#directory(found);
    if (entry.type === 'symlink') return this.#symlink(found);
    if (entry.type !== 'file') {
      this.#unknown(found);
      return undefined;
    }
    if (content === undefined) throw new Error(`a file was found without content: ${path}`);
    if (content.kind === 'same-as') this.findings.add('hard-link', entry.path);
    const known = content.kind === 'same-as' ? undefined : this.#unchanged.takeOver(found, entry.size);
    if (known instanceof Promise) return known.then(object => this.#file({ ...found, content }, object));
    return this.#file({ ...found, content }, known);
  }

  /** @param known its object, if it was taken over */
  #file(file: FoundFile, known: ObjectId | undefined): Promise<void> | undefined {
    if (known === undefined) return this.#store(file);
    this.#files.taken(file, { id: known, size: file.entry.size });
    return undefined;
  }

  #store(file: FoundFile): Promise<void> | undefined {
    const { directory, name } = file;
    this.tally.reading();
    directory.expect();
    const { policy } = childPolicies(directory.policies, name);
    return this.#files.store(
      { ...file, policy },
      {
        onHeld: soFar => this.#unfinished.add(directory, file, soFar),
        stored: result => {
          this.#stored(file, result, sectionSizeOf(policy));
          directory.done();
          this.#settle(directory);
        },
      },
    );
  }

  #stored({ entry, name, directory }: Found, result: StoredObject | UnreadObject, sectionSize: number): void {
    if ('error' in result) {
      this.#missing({ kind: 'failed', path: entry.path, error: result.error });
      return;
    }
    const { id: object, size } = result;
    const sections =
      sectionSize > 0 && entry.size > sectionSize ? Math.floor(entry.size / sectionSize) + 1 : 1;
    this.tally.read(size, sections);
    const known = knownAs(directory, name).length > 0;
    this.tally.counting.file(known ? 'changed' : 'new', size);
    directory.add(name, entryOf(entry, { object, size }));
  }

  async #symlink(found: Found): Promise<void> {
    const { entry, name, directory } = found;
    const { target = Buffer.alloc(0) } = entry;
    if ((await this.#unchanged.takeOver(found, target.length)) !== undefined) return;
    const { policy } = childPolicies(directory.policies, name);
    const metadataCompression = metadataCompressorOf(policy) ?? 'none';
    const { id: object } = await this.#writer.object([target], { metadataCompression });
    directory.add(name, entryOf(entry, { object, size: target.length }));
  }

  /** What kopia has no type for is left out, silently there, unless a policy calls it an error. */
  #unknown({ entry: { path }, directory }: Found): void {
    const { ignoreUnknownTypes = true } = directory.policies.policy.errorHandling;
    if (ignoreUnknownTypes) return;
    const error = new Error('unknown or unsupported entry type');
    this.#failures.record(directory, { path, error }, false);
  }

  #directory({ entry, path, name, directory: above }: Found): Promise<void> | undefined {
    const policies = childPolicies(above.policies, name);
    const place = { above, name, entry };
    const directories = this.#previous.of(knownAs(above, name), path);
    if (directories instanceof Promise) {
      return directories.then(all => void this.#opened(path, place, { policies, directories: all }));
    }
    this.#opened(path, place, { policies, directories });
    return undefined;
  }

  /** Takes a directory up once, when all of it is known: stored, unless an earlier snapshot has it just so. */
  #settle(directory: SnapshotDirectory): void {
    if (!directory.settle()) return;
    const summary = directory.summary('');
    const same = directory.sameObject(summary);
    if (same !== undefined && this.#writer.has(same)) {
      this.#known(directory, { ...entryOf(directory.place.entry, { object: same, size: 0 }), summary });
    } else this.#stores.add(this.#storeDirectory(directory));
  }

  async #storeDirectory(directory: SnapshotDirectory): Promise<void> {
    this.#known(directory, await this.#written(directory, ''));
  }

  #known(directory: SnapshotDirectory, entry: Omit<DirectoryEntry, 'name'>): void {
    const { above, name } = directory.place;
    if (above === undefined) {
      this.#rootEntry = { ...entry, name: pathBytes(name).toString() };
      return;
    }
    this.tally.counting.directory(comparison(above, name, entry.object));
    above.add(name, entry);
    above.open.delete(directory);
    above.done();
    this.#settle(above);
  }

  async #written(directory: SnapshotDirectory, incomplete: string): Promise<Omit<DirectoryEntry, 'name'>> {
    const summary = directory.summary(incomplete);
    const compression = metadataCompressorOf(directory.policies.policy);
    const how = { prefix: 'k', compression, metadataCompression: compression ?? 'none' };
    const { id: object } = await this.#writer.object(directory.encode(summary), how);
    return { ...entryOf(directory.place.entry, { object, size: 0 }), summary };
  }

  /** A directory that goes on, with all that is stored of it, and of those in it. */
  async #soFar(directory: SnapshotDirectory): Promise<Omit<DirectoryEntry, 'name'>> {
    const [copy, open] = [directory.copy(), [...directory.open]];
    this.#unfinished.addTo(copy, directory);
    for (const child of open) copy.add(child.place.name, await this.#soFar(child));
    return this.#written(copy, 'checkpoint');
  }

  #missing(event: FailedEntry): void {
    const text = bytePath(event.path);
    const end = text.lastIndexOf('/');
    const directory = this.#open.get(end === -1 ? '' : text.slice(0, end));
    const policies = directory?.policies ?? this.#options.policies;
    this.#failures.missing(event, { directory: directory ?? this.#root, policies });
  }
}
