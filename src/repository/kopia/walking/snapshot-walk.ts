import { type BigIntStats, lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { type AttributesRead, readAttributes } from '../../posix/read-attributes.ts';
import { StatusProbe } from '../../posix/status-probe.ts';
import { type BytePath, joined, pathBytes } from '../../trees/byte-path.ts';
import type { Exclusion } from '../../trees/excludes/exclusion.ts';
import { type Describe, type EntryPlace, localEntry, typeOf } from '../../trees/local-entry.ts';
import type { SourceEvent, SourceTotals } from '../../trees/source.ts';
import { IgnoreContext } from '../policies/ignoring/ignore-context.ts';
import { ignoreLines } from '../policies/ignoring/ignore-file.ts';
import { childRules, type IgnoreTree } from '../policies/ignoring/ignore-tree.ts';
import { PatternFault } from '../policies/ignoring/rune-reader.ts';
import { isCacheDirectory } from './cache-directory.ts';
import type { EarlierFiles, Follower } from './follower.ts';

/** Entries and bytes that rules left out. */
export interface LeftOut {
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
}

/** A directory that is being gone through. */
interface Opened {
  /** In the tree; `''` is the root. */
  readonly path: BytePath;
  readonly local: BytePath;
  readonly device: bigint;
  readonly names: readonly BytePath[];
  readonly context: IgnoreContext;
  readonly rules: IgnoreTree;
  at: number;
  /** Asked for when the first entry is looked at; `null` until then. */
  earlier: EarlierFiles | undefined | null;
}

export interface WalkOptions {
  /** Leaves out more. */
  readonly exclusion?: Exclusion | undefined;
  /** What is told of each entry: everything, unless told otherwise. */
  readonly describe?: Describe | undefined;
  /** Has each event before the next one is looked for, and takes files over that are as they were: of those there is no event. */
  readonly follower?: Pick<Follower, 'earlier'> | undefined;
}

/**
 * Goes through a directory, or looks at a file, as a kopia snapshot of it does. The root is told first, with an empty path; then
 * everything in it that the rules do not leave out, also what the format cannot hold.
 */
export class SnapshotWalk {
  readonly #rules: IgnoreTree;
  readonly #exclusion: Exclusion | undefined;
  readonly #root: BytePath;
  readonly #describe: Describe;
  readonly #opened: Opened[] = [];
  readonly #follower: WalkOptions['follower'];
  readonly #probe: StatusProbe | undefined;
  #begun = false;
  #events: SourceEvent[] = [];
  readonly #leftOut = { files: 0, directories: 0, bytes: 0 };
  readonly #found = { files: 0, bytes: 0 };

  constructor(root: BytePath, rules: IgnoreTree, options: WalkOptions = {}) {
    const { exclusion, describe = localEntry, follower } = options;
    this.#describe = describe;
    this.#root = root;
    this.#rules = rules;
    this.#exclusion = exclusion;
    this.#follower = follower;
    this.#probe = follower && exclusion === undefined ? StatusProbe.open() : undefined;
  }

  get ended(): boolean {
    return this.#begun && this.#opened.length === 0;
  }

  get leftOut(): LeftOut {
    return this.#leftOut;
  }

  /** Files so far that are to be stored, those among them that were taken over. */
  get found(): SourceTotals {
    return this.#found;
  }

  /** What comes next: none or some events of one entry. @throws what the system says of the root */
  next(): readonly SourceEvent[] {
    if (this.#events.length > 0) this.#events = [];
    const directory = this.#opened.at(-1);
    if (directory !== undefined) this.#advance(directory);
    else if (!this.#begun) this.#begin();
    return this.#events;
  }

  #begin(): void {
    this.#begun = true;
    const place = { path: Buffer.alloc(0), local: pathBytes(this.#root) };
    const stat = lstatSync(place.local, { bigint: true });
    if (!stat.isDirectory()) this.#leaf(stat, place);
    else
      this.#open({ path: '', local: this.#root, rules: this.#rules, above: IgnoreContext.none }, stat, place);
  }

  #advance(directory: Opened): void {
    const name = directory.names[directory.at++];
    if (name === undefined) {
      this.#opened.pop();
      if (directory.path !== '') this.#events.push({ kind: 'left', path: pathBytes(directory.path) });
      return;
    }
    if (this.#probe !== undefined && this.#isAsItWas(directory, name, this.#probe)) return;
    const path = joined(directory.path, name);
    const local = joined(directory.local, name);
    if (this.#exclusion?.byName(local) === true) return;
    try {
      this.#look(directory, name, { path, local });
    } catch (error) {
      // What the system refuses is told, and the walk goes on.
      if (!isSystemError(error)) throw error;
      this.#events.push({ kind: 'failed', path: pathBytes(path), error });
    }
  }

  /** @throws what the system says */
  #look(directory: Opened, name: BytePath, { path, local }: Pick<Opened, 'path' | 'local'>): void {
    const place = { path: pathBytes(path), local: pathBytes(local) };
    const stat = lstatSync(place.local, { bigint: true, throwIfNoEntry: false });
    // What has gone since the directory was listed is no failure, as there.
    if (stat === undefined || this.#exclusion?.byNature(local, stat) === true) return;
    if (!this.#isStored(stat, path, directory)) return;
    const { context: above, rules } = directory;
    if (!stat.isDirectory()) this.#leaf(stat, place);
    else this.#open({ path, local, rules: childRules(rules, name), above }, stat, place);
  }

  /** Whether it is a file that was taken over from an earlier snapshot; of all others everything is looked at anew. */
  #isAsItWas(directory: Opened, name: BytePath, probe: StatusProbe): boolean {
    if (directory.earlier === null) directory.earlier = this.#follower?.earlier(directory.path);
    const { earlier, context } = directory;
    const known = earlier?.find(name);
    if (earlier === undefined || known === undefined) return false;
    if (!probe.look(directory.local, name) || !probe.isFile) return false;
    if (!context.storesAll && !isStored(directory, name, probe)) return false;
    if (!earlier.isSame(known, probe)) return false;
    const { attributes, error } = attributesOf(directory, name, probe);
    if (error !== undefined) return false;
    this.#findFile(probe.size);
    earlier.take(name, known, probe.links, attributes);
    return true;
  }

  #isStored(stat: BigIntStats, path: BytePath, { context, device }: Opened): boolean {
    const isDirectory = stat.isDirectory();
    const size = isDirectory ? 0n : stat.size;
    const deviceAbove = device;
    const verdict = context.judge({ path: `/${path}`, isDirectory, size, device: stat.dev, deviceAbove });
    if (verdict === 'ignored') this.#ignored(isDirectory, size);
    return verdict === 'stored';
  }

  #ignored(isDirectory: boolean, size: bigint): void {
    if (isDirectory) this.#leftOut.directories++;
    else this.#leftOut.files++;
    this.#leftOut.bytes += Number(size);
  }

  #leaf(stat: BigIntStats, place: EntryPlace): void {
    this.#tell(stat, place, typeOf(stat) === 'file' ? place.local : undefined);
  }

  #open(directory: Entered, stat: BigIntStats, place: EntryPlace): void {
    const { path, local, rules, above } = directory;
    const names = readdirSync(place.local, 'latin1').sort();
    // Listing follows a symlink that took the directory's place.
    if (!lstatSync(place.local).isDirectory()) throw unusable('ENOTDIR: not a directory', 'ENOTDIR', local);
    const hidden = rules.skipCaches && isCacheDirectory(place.local, names);
    if (hidden) this.#ignored(true, 0n);
    const context = hidden ? above : contextOf(directory, names);
    this.#tell(stat, place);
    this.#opened.push({
      path,
      local,
      device: stat.dev,
      names: hidden ? [] : names,
      context,
      rules,
      at: 0,
      earlier: null,
    });
  }

  #findFile(size: number): void {
    this.#found.files++;
    this.#found.bytes += size;
  }

  #tell(stat: BigIntStats, place: EntryPlace, content?: Buffer): void {
    const { entry, error } = this.#describe(stat, place);
    if (error !== undefined) this.#events.push({ kind: 'failed', path: entry.path, error });
    if (content !== undefined) this.#findFile(entry.size);
    const read = content === undefined ? undefined : ({ kind: 'path', path: content } as const);
    this.#events.push({ kind: 'entry', entry, content: read });
  }
}

const noAttributes: AttributesRead = { attributes: [] };

/** Of the entry that was looked at last. */
function attributesOf({ local }: Opened, name: BytePath, probe: StatusProbe): AttributesRead {
  return probe.mayHaveAttributes() ? readAttributes(pathBytes(joined(local, name))) : noAttributes;
}

function isStored({ path, context, device }: Opened, name: BytePath, probe: StatusProbe): boolean {
  const judged = { path: `/${joined(path, name)}`, isDirectory: false, size: BigInt(probe.size) };
  return context.judge({ ...judged, device: probe.device, deviceAbove: device }) === 'stored';
}

interface Entered extends Pick<Opened, 'path' | 'local' | 'rules'> {
  readonly above: IgnoreContext;
}

/** The rules that hold in a directory. @throws a system's error where they cannot be read, or not be understood */
function contextOf({ path, local, rules, above }: Entered, names: readonly BytePath[]): IgnoreContext {
  const files = (rules.rules?.dotIgnoreFiles ?? above.dotIgnoreFiles)
    .filter(name => name.includes('/') || names.includes(name))
    .flatMap(name => readRules(joined(local, name)));
  try {
    return above.below(path === '' ? '' : `/${path}`, rules.rules, files);
  } catch (thrown) {
    if (thrown instanceof PatternFault)
      throw unusable(`unable to parse ignore rules: ${thrown.message}`, 'EINVAL', local);
    throw thrown;
  }
}

/** The lines of a file with rules, or of that which a symlink leads to; none where there is no such file. */
function readRules(local: BytePath): BytePath[][] {
  const path = pathBytes(local);
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() === true) return [ignoreLines(readFileSync(path))];
  if (stat?.isSymbolicLink() !== true) return [];
  const target = realpathSync(path, 'buffer');
  if (!lstatSync(target).isFile()) throw unusable('a symlink to rules leads to no file', 'EINVAL', local);
  return [ignoreLines(readFileSync(target))];
}

function unusable(text: string, code: string, path: BytePath): NodeJS.ErrnoException {
  const shown = pathBytes(path).toString();
  return Object.assign(new Error(`${text}, scandir '${shown}'`), { code, syscall: 'scandir', path: shown });
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
