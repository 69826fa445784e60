import { constants, fstatSync, ftruncateSync, writeSync } from 'node:fs';
import { closeDescriptor, openAt, renameAt, unlinkAt } from '../../posix/at.ts';
import { type BytePath, pathBytes } from '../byte-path.ts';
import type { TargetDirectories } from './target-directories.ts';
import { applyToDescriptor, codeOf, type Metadata, type MetadataProblem } from './target-metadata.ts';

/** Where a file is, or is to be. */
export interface FilePlace {
  /** Its directory, as {@link TargetDirectories} names it. */
  readonly directory: BytePath;
  readonly name: BytePath;
}

export interface WriteManner {
  /** Blocks that are zero are not written, so that they take no space. */
  readonly sparse: boolean;
}

/** A block that a hole can be of, in bytes: those of all common file systems, or a multiple. */
const holeSize = 4096;
const zeros = Buffer.alloc(holeSize);
const ownerOnly = 0o600;

/** A file whose whole content is at hand. */
export interface GivenFile {
  readonly directory: BytePath;
  /** In bytes. */
  readonly name: Uint8Array;
  /** The name that it has before. */
  readonly temporary: Uint8Array;
  readonly content: Uint8Array;
  readonly metadata: Metadata;
}

/**
 * Writes a file: under a name of its own first, and with all its metadata; then it gets its name, in place of what had it.
 * Answers what of its metadata could not be set.
 *
 * @throws of the operating system; then nothing has changed
 */
export function writeWholeFile(
  directories: TargetDirectories,
  { directory: path, name, temporary, content, metadata }: GivenFile,
  { sparse }: WriteManner,
): readonly MetadataProblem[] {
  const plain = directories.isPlain(path);
  const directory = directories.at(path);
  const descriptor = openAt(directory, temporary, creation, ownerOnly);
  try {
    writePart(descriptor, content, { offset: 0, sparse });
    if (sparse) ftruncateSync(descriptor, content.length);
    const problems = applyToDescriptor(descriptor, metadata, { plain });
    renameAt(directory, temporary, name);
    return problems;
  } catch (thrown) {
    unlinkAt(directory, temporary);
    throw thrown;
  } finally {
    closeDescriptor(descriptor);
  }
}

const creation = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

/** Makes the file, under a name of its own, that {@link writeFilePart} fills; its inode. @throws of the operating system */
export function beginFile(directories: TargetDirectories, { directory, name }: FilePlace): bigint {
  const descriptor = openAt(directories.at(directory), pathBytes(name), creation, ownerOnly);
  try {
    return fstatSync(descriptor, { bigint: true }).ino;
  } finally {
    closeDescriptor(descriptor);
  }
}

/** A file that was begun. */
export interface BegunFile extends FilePlace {
  readonly inode: bigint;
}

/** Writes pieces of a file that was begun. @throws of the operating system; `ESTALE` where another has its name by now */
export function writeFileParts(
  directories: TargetDirectories,
  file: BegunFile,
  {
    content,
    offsets,
    sparse,
  }: WriteManner & {
    readonly content: Uint8Array;
    /** Where in the file the content is to be: several times, if it repeats. */
    readonly offsets: readonly number[];
  },
): void {
  const descriptor = reopen(directories, file);
  try {
    for (const offset of offsets) writePart(descriptor, content, { offset, sparse });
  } finally {
    closeDescriptor(descriptor);
  }
}

/** Gives a file that was begun and filled its size, its metadata and its final name. @throws as {@link writeFileParts} */
export function finishFile(
  directories: TargetDirectories,
  file: BegunFile,
  { name, size, metadata }: { readonly name: string; readonly size: number; readonly metadata: Metadata },
): readonly MetadataProblem[] {
  const descriptor = reopen(directories, file);
  try {
    ftruncateSync(descriptor, size);
    const problems = applyToDescriptor(descriptor, metadata);
    renameAt(directories.at(file.directory), pathBytes(file.name), pathBytes(name));
    return problems;
  } finally {
    closeDescriptor(descriptor);
  }
}

/** Removes a file that was begun. What is gone already is no fault. */
export function abandonFile(directories: TargetDirectories, { directory, name }: FilePlace): void {
  try {
    unlinkAt(directories.at(directory), pathBytes(name));
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT') throw thrown;
  }
}

function reopen(directories: TargetDirectories, { directory, name, inode }: BegunFile): number {
  const descriptor = openAt(directories.at(directory), pathBytes(name), constants.O_WRONLY);
  if (fstatSync(descriptor, { bigint: true }).ino === inode) return descriptor;
  closeDescriptor(descriptor);
  throw Object.assign(new Error('ESTALE: another file has its name'), { code: 'ESTALE' });
}

/** Writes content at an offset; `sparse` leaves out the file's blocks that would be zero all over. */
function writePart(
  descriptor: number,
  content: Uint8Array,
  { offset, sparse }: { readonly offset: number; readonly sparse: boolean },
): void {
  if (!sparse) {
    writeAll(descriptor, content, offset);
    return;
  }
  for (const [from, to] of solidRanges(content, offset)) {
    writeAll(descriptor, content.subarray(from, to), offset + from);
  }
}

function writeAll(descriptor: number, content: Uint8Array, offset: number): void {
  for (let at = 0; at < content.length; ) {
    at += writeSync(descriptor, content, at, content.length - at, offset + at);
  }
}

/** The ranges of content, at that offset of a file, that are not whole blocks of zeros. */
export function* solidRanges(content: Uint8Array, offset: number): Generator<readonly [number, number]> {
  let solid = 0;
  for (let at = 0; at < content.length; ) {
    const end = Math.min(at + holeSize - ((offset + at) % holeSize), content.length);
    if (isZero(content, at, end)) {
      if (solid < at) yield [solid, at];
      solid = end;
    }
    at = end;
  }
  if (solid < content.length) yield [solid, content.length];
}

function isZero(content: Uint8Array, from: number, to: number): boolean {
  return content[from] === 0 && zeros.compare(content, from, to, 0, to - from) === 0;
}
