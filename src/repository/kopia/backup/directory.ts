import { type BytePath, pathBytes } from '../../trees/byte-path.ts';
import type { Entry } from '../../trees/entry.ts';
import {
  type DirectorySummary,
  directoryEntryText,
  directoryText,
  type EntryError,
  type EntryText,
  isDirectoryText,
  type NewDirectoryEntry,
} from '../format/directory.ts';
import type { EntryTexts } from '../format/directory-texts.ts';
import type { ObjectId } from '../format/object-id.ts';
import type { PolicyTree } from '../policies/policy-tree.ts';
import type { PreviousDirectory } from './previous-directories.ts';

/** What a directory is in the one above it. */
export interface Place {
  /** `undefined` of the root. */
  readonly above: SnapshotDirectory | undefined;
  readonly name: BytePath;
  readonly entry: Omit<Entry, 'path'>;
}

/** An entry's text, and the name by which it is sorted. */
interface Named extends EntryText {
  readonly name: BytePath;
}

/** A directory that is being stored: its entries' texts and what lies below it, until the last of them is known. */
export class SnapshotDirectory {
  readonly place: Place;
  readonly policies: PolicyTree;
  /** As earlier snapshots have it. */
  readonly previous: readonly PreviousDirectory[];
  /** Directories in it that are not stored yet. */
  readonly open = new Set<SnapshotDirectory>();
  readonly #directories: Named[] = [];
  readonly #others: Named[] = [];
  #sums: Sums = { size: 0, files: 0, symlinks: 0, dirs: 0, maxTime: 0n, failed: 0, ignoredErrors: 0 };
  readonly #errors: EntryError[] = [];
  #pending = 0;
  #left = false;
  #settled = false;

  constructor(place: Place, policies: PolicyTree, previous: readonly PreviousDirectory[]) {
    this.place = place;
    this.policies = policies;
    this.previous = previous;
  }

  /** An entry whose object is not known yet: {@link done} follows. */
  expect(): void {
    this.#pending++;
  }

  done(): void {
    this.#pending--;
  }

  /** Whether it has no entries so far. */
  get isEmpty(): boolean {
    return this.#count + this.#pending === 0;
  }

  add(name: BytePath, entry: Omit<NewDirectoryEntry, 'name'>): void {
    const text = directoryEntryText({ ...entry, name: textOf(name) });
    this.#addText(entry, { name, text, at: -1, within: undefined });
  }

  /** An entry that one of {@link previous} has as it is. */
  takeOver(entry: Omit<NewDirectoryEntry, 'name'>, name: BytePath, { text, at, within }: EntryTexts): void {
    this.#addText(entry, { name, text, at, within });
  }

  #addText(entry: Omit<NewDirectoryEntry, 'name'>, text: Named): void {
    const list = entry.type === 'd' ? this.#directories : this.#others;
    list.push(text);
    this.#sums = withEntry(this.#sums, entry);
    if (entry.summary !== undefined) this.#errors.push(...entry.summary.errors);
  }

  /** An entry that is missing. */
  fail(error: EntryError, ignored: boolean): void {
    this.#errors.push(error);
    if (ignored) this.#sums.ignoredErrors++;
    else this.#sums.failed++;
  }

  /** Nothing more comes below it. */
  leave(): void {
    this.#left = true;
  }

  /** Whether all of it is known: says yes once. */
  settle(): boolean {
    if (!this.#left || this.#pending > 0 || this.#settled) return false;
    this.#settled = true;
    return true;
  }

  /** What lies below it, as far as that is known. @param incomplete why that is not all */
  summary(incomplete: string): DirectorySummary {
    const isEmpty = this.#count === 0;
    return {
      ...this.#sums,
      dirs: this.#sums.dirs + 1,
      maxTime: isEmpty ? this.place.entry.mtime : this.#sums.maxTime,
      incomplete,
      errors: this.#errors.length === 0 ? noErrors : this.#errors.toSorted(byPath),
    };
  }

  /** An object that earlier snapshots have in its place, and that reads, letter for letter, as this one would; a single content. */
  sameObject(summary: DirectorySummary): ObjectId | undefined {
    if (this.#count > textsJoined) return undefined;
    let own: readonly Named[] | undefined;
    for (const { texts, object } of this.previous) {
      if (texts.text === undefined || texts.count !== this.#count || !object.startsWith('k')) continue;
      own ??= this.#inOrder();
      if (isDirectoryText(texts, own, summary)) return object;
    }
    return undefined;
  }

  get #count(): number {
    return this.#directories.length + this.#others.length;
  }

  #inOrder(): readonly Named[] {
    if (this.#directories.length === 0) return inOrder(this.#others);
    return [...inOrder(this.#directories), ...inOrder(this.#others)];
  }

  /** The plain bytes of its object. */
  *encode(summary: DirectorySummary): Generator<Buffer> {
    const texts = this.#inOrder().map(({ text }) => text);
    if (texts.length <= textsJoined) {
      yield Buffer.from(directoryText(texts, summary));
      return;
    }
    const around = directoryText([], summary);
    const start = around.indexOf(noEntries);
    yield Buffer.from(`${around.slice(0, start)}[`);
    for (let at = 0; at < texts.length; at += textsJoined) {
      yield Buffer.from(`${at === 0 ? '' : ','}${texts.slice(at, at + textsJoined).join(',')}`);
    }
    yield Buffer.from(`]${around.slice(start + noEntries.length)}`);
  }

  /** The same, as it is now: to be added to while this one goes on. */
  copy(): SnapshotDirectory {
    const copy = new SnapshotDirectory(this.place, this.policies, this.previous);
    copy.#directories.push(...this.#directories);
    copy.#others.push(...this.#others);
    copy.#errors.push(...this.#errors);
    copy.#sums = { ...this.#sums };
    return copy;
  }
}

type Sums = { -readonly [K in keyof Omit<DirectorySummary, 'incomplete' | 'errors'>]: DirectorySummary[K] };

/** A string has a limit that a directory of some million entries would reach. */
const textsJoined = 50_000;
const noEntries = 'null';

const plainName = /^[\x20-\x7e]*$/;

/** A name for an entry: text, or bytes that may be none. */
export function textOf(name: BytePath): string | Buffer {
  return plainName.test(name) ? name : pathBytes(name);
}

const noErrors: readonly EntryError[] = [];

function withEntry(sums: Sums, { type, size, mtime, summary }: Omit<NewDirectoryEntry, 'name'>): Sums {
  if (mtime > sums.maxTime) sums.maxTime = mtime;
  if (type === 's') sums.symlinks++;
  if (type === 'f') {
    sums.files++;
    sums.size += size;
  }
  if (summary === undefined) return sums;
  sums.size += summary.size;
  sums.files += summary.files;
  sums.symlinks += summary.symlinks;
  sums.dirs += summary.dirs;
  sums.failed += summary.failed;
  sums.ignoredErrors += summary.ignoredErrors;
  if (summary.maxTime > sums.maxTime) sums.maxTime = summary.maxTime;
  return sums;
}

/** By the bytes of the names; they come so from most sources. */
function inOrder(entries: readonly Named[]): readonly Named[] {
  let last = '';
  for (const { name } of entries) {
    if (name < last) return entries.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    last = name;
  }
  return entries;
}

function byPath(a: EntryError, b: EntryError): number {
  return Buffer.compare(Buffer.from(a.path), Buffer.from(b.path));
}
