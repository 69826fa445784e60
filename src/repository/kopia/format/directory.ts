import type { JsonObject } from '../../format/go-json.ts';
import type { ObjectId } from './object-id.ts';

/** File, directory, symbolic link, or what is not known. */
export type EntryType = 'f' | 'd' | 's' | '';

/** An entry of a directory. Times in nanoseconds since 1970. */
export interface DirectoryEntry {
  readonly name: string;
  readonly type: EntryType;
  /** Permissions, and Go's bits for setuid, setgid and sticky: {@link unixMode} has the system's. */
  readonly mode: number;
  /** Bytes; those of its target for a link, 0 for a directory. */
  readonly size: number;
  readonly mtime: bigint;
  readonly uid: number;
  readonly gid: number;
  readonly object: ObjectId;
  /** Of a directory: what lies below it. */
  readonly summary?: DirectorySummary | undefined;
}

/** An entry to be written, whose name's bytes need not be text. */
export interface NewDirectoryEntry extends Omit<DirectoryEntry, 'name'> {
  readonly name: string | Uint8Array;
}

/** What lies below a directory. */
export interface DirectorySummary {
  /** Bytes of regular files. */
  readonly size: number;
  readonly files: number;
  readonly symlinks: number;
  /** With the directory itself. */
  readonly dirs: number;
  readonly maxTime: bigint;
  /** Why it is not whole; '' where it is. */
  readonly incomplete: string;
  readonly failed: number;
  readonly ignoredErrors: number;
  readonly errors: readonly EntryError[];
}

/** Why an entry is missing. */
export interface EntryError {
  readonly path: string;
  readonly error: string;
}

export interface Directory {
  readonly entries: readonly DirectoryEntry[];
  readonly summary: DirectorySummary | undefined;
}

/** @throws Fault for what is no directory, or holds a name that would lead out of it */
export function readDirectory(_plain: Uint8Array): Directory {
  throw new Error('unfinished');
}

/** The plain text of a directory, byte for byte kopia's; the entries in any order. */
export function writeDirectory(
  _entries: readonly NewDirectoryEntry[],
  _summary: DirectorySummary | undefined,
): Buffer {
  throw new Error('unfinished');
}

/** One entry as JSON, as {@link writeDirectory} writes it. */
export function directoryEntryText(_entry: NewDirectoryEntry): string {
  throw new Error('unfinished');
}

/** {@link writeDirectory} of entries whose texts are there, in {@link compareEntries}'s order. */
export function directoryText(_entries: readonly string[], _summary: DirectorySummary | undefined): string {
  throw new Error('unfinished');
}

/** The order of entries: directories first, then by the bytes of their names. */
export function compareEntries(
  _a: Pick<NewDirectoryEntry, 'name' | 'type'>,
  _b: Pick<NewDirectoryEntry, 'name' | 'type'>,
): number {
  throw new Error('unfinished');
}

/** An entry out of JSON: of a directory, or the root of a snapshot. @throws Fault */
export function readEntry(_document: unknown): DirectoryEntry {
  throw new Error('unfinished');
}

/** An entry as JSON, its members in kopia's order. */
export function writeEntry(_entry: DirectoryEntry): JsonObject {
  throw new Error('unfinished');
}

/** The system's twelve bits of a mode. */
export function unixMode(_mode: number): number {
  throw new Error('unfinished');
}

/** Go's mode for the system's twelve bits. */
export function goMode(_unixMode: number): number {
  throw new Error('unfinished');
}
