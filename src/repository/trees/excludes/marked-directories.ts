import { closeSync, lstatSync, openSync, readSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { raise } from '#repository/errors.ts';
import { type BytePath, bytePath, joined, pathBytes } from '../byte-path.ts';

/** A file whose presence says that the rest of its directory is not to be stored. */
export interface Mark {
  readonly name: BytePath;
  /** What the file begins with; empty: it need only be there. */
  readonly header: Buffer;
}

/** The mark of the Cache Directory Tagging Specification: CACHEDIR.TAG and its signature. */
export const cacheMark: Mark = {
  name: 'CACHEDIR.TAG',
  header: Buffer.from('Signature: 8a477f597d28d172789f06886806bc55'),
};

/** Reads `FILE[:header]`. @throws `repository.bad-mark` where no file is named */
export function readMark(text: Uint8Array): Mark {
  const [, name = '', header = ''] = bytePath(text).match(/^([^:]*):?([^]*)$/) ?? [];
  if (name === '') throw raise['bad-mark']({ mark: Buffer.from(text).toString() });
  return { name, header: pathBytes(header) };
}

/** A mark that could not be looked at is told; its directory is stored. */
export type MarkFailure = (mark: BytePath, error: NodeJS.ErrnoException) => void;

/** Answers are kept for this many directories: a walk asks again and again for the same few. */
const keptAnswers = 4096;

/** Whether an entry lies in a directory that has one of the marks. The mark itself is stored. */
export class MarkedDirectories {
  readonly #marks: readonly { readonly mark: Mark; readonly known: Map<BytePath, boolean> }[];
  readonly #failure: MarkFailure;

  constructor(marks: readonly Mark[], failure: MarkFailure) {
    this.#marks = marks.map(mark => ({ mark, known: new Map() }));
    this.#failure = failure;
  }

  hold(path: BytePath): boolean {
    if (this.#marks.length === 0) return false;
    const directory = posix.dirname(path);
    return this.#marks.some(
      ({ mark, known }) => posix.basename(path) !== mark.name && this.#isMarked(directory, mark, known),
    );
  }

  #isMarked(directory: BytePath, mark: Mark, known: Map<BytePath, boolean>): boolean {
    const answer = known.get(directory) ?? this.#look(joined(directory, mark.name), mark.header);
    if (known.size >= keptAnswers) known.clear();
    known.set(directory, answer);
    return answer;
  }

  #look(path: BytePath, header: Buffer): boolean {
    try {
      return hasMark(pathBytes(path), header);
    } catch (error) {
      this.#failure(path, error as NodeJS.ErrnoException);
      return false;
    }
  }
}

function hasMark(path: Buffer, header: Buffer): boolean {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return false;
  if (header.length === 0) return true;
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
  const file = openSync(path, 'r');
  try {
    const begin = Buffer.alloc(header.length);
    return readSync(file, begin) === header.length && begin.equals(header);
  } finally {
    closeSync(file);
  }
}
