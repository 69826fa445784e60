import type { ExtendedAttribute } from '../posix/extended-attribute.ts';
import type { BytePath } from '../trees/byte-path.ts';
import type { BegunFile, FilePlace } from '../trees/target/target-file.ts';
import { type Metadata, packedTimes, packedTimesSize } from '../trees/target/target-metadata.ts';
import { ByteReader, ByteWriter } from './byte-list.ts';
import type { Place } from './contents.ts';

/**
 * What is to be made of sealed bytes, as bytes that threads hand to each other: as objects each file would take longer to be
 * handed over than a small one takes to be made.
 */
export interface OrderList {
  readonly files: Uint8Array<ArrayBuffer>;
  readonly pieces: Uint8Array<ArrayBuffer>;
}

/** A use of a piece. */
export interface PieceUse {
  /** The number of the file in the list. */
  readonly file: number;
  /** Where in a file that was begun it is to be; absent where it is all of the file. */
  readonly offsets?: readonly number[] | undefined;
}

const whole = 0;
const begun = 1;
/** Of the same directory as the file before. */
const same = 2;

export class OrderWriter {
  readonly #files = new ByteWriter();
  readonly #pieces = new ByteWriter();
  #directory: BytePath | undefined;
  #count = 0;

  /** Adds a file whose whole content is one piece, or none; the number that it is named by. */
  whole(place: FilePlace, metadata: Metadata): number {
    this.#place(place, whole);
    const { mode, uid, gid, attributes } = metadata;
    const files = this.#files;
    for (const number of [mode, uid, gid]) files.number(number);
    packedTimes(metadata, files.space(packedTimesSize));
    files.number(attributes.length);
    for (const { name, value } of attributes) {
      files.text(name, 'utf8');
      files.bytes(value);
    }
    return this.#count++;
  }

  /** The same of a file that comes in parts. */
  begun(file: BegunFile): number {
    this.#place(file, begun);
    this.#files.big(file.inode);
    return this.#count++;
  }

  #place({ directory, name }: FilePlace, kind: number): void {
    const files = this.#files;
    if (directory === this.#directory) files.number(kind + same);
    else {
      files.number(kind);
      files.text(directory, 'latin1');
    }
    this.#directory = directory;
    files.text(name, 'latin1');
  }

  /** Adds a piece whose sealed bytes begin at `from`. */
  piece({ id, length, size, manner }: Place, from: number, uses: readonly PieceUse[]): void {
    const pieces = this.#pieces;
    for (const number of [from, length, size, manner, uses.length]) pieces.number(number);
    pieces.text(id, 'latin1');
    for (const { file, offsets } of uses) {
      pieces.number(file);
      pieces.number(offsets?.length ?? 0);
      for (const offset of offsets ?? []) pieces.double(offset);
    }
  }

  list(): OrderList {
    return { files: this.#files.written(), pieces: this.#pieces.written() };
  }
}

/** A file of a list. */
export type ListedFile =
  | {
      readonly kind: 'whole';
      readonly directory: BytePath;
      /** In bytes. */
      readonly name: Buffer;
      readonly metadata: Metadata;
    }
  | ({ readonly kind: 'begun' } & BegunFile);

/** The files of a list, by their numbers. */
export function filesOf({ files }: OrderList): readonly ListedFile[] {
  const reader = new ByteReader(files);
  const all: ListedFile[] = [];
  let directory = '';
  while (!reader.ended) {
    const kind = reader.number();
    if (kind < same) directory = reader.text('latin1');
    all.push(kind % same === whole ? readWhole(reader, directory) : readBegun(reader, directory));
  }
  return all;
}

function readWhole(reader: ByteReader, directory: BytePath): ListedFile {
  const name = reader.bytes();
  const [mode, uid, gid] = [reader.number(), reader.number(), reader.number()];
  const times = reader.space(packedTimesSize);
  const attributes = readAttributes(reader);
  return { kind: 'whole', directory, name, metadata: { mode, uid, gid, times, attributes } };
}

const noAttributes: readonly ExtendedAttribute[] = [];

function readAttributes(reader: ByteReader): readonly ExtendedAttribute[] {
  const count = reader.number();
  if (count === 0) return noAttributes;
  return Array.from({ length: count }, () => ({ name: reader.text('utf8'), value: reader.bytes() }));
}

function readBegun(reader: ByteReader, directory: BytePath): ListedFile {
  return { kind: 'begun', directory, name: reader.text('latin1'), inode: reader.big() };
}

/** A piece of a list. */
export interface ListedPiece extends Pick<Place, 'id' | 'length' | 'size' | 'manner'> {
  /** Where its sealed bytes begin. */
  readonly from: number;
  readonly uses: readonly PieceUse[];
}

export function* piecesOf({ pieces }: OrderList): Generator<ListedPiece> {
  const reader = new ByteReader(pieces);
  while (!reader.ended) {
    const [from, length, size] = [reader.number(), reader.number(), reader.number()];
    const [manner, uses] = [reader.number(), reader.number()];
    const id = reader.text('latin1');
    yield { from, length, size, manner, id, uses: times(uses, readUse, reader) };
  }
}

function readUse(reader: ByteReader): PieceUse {
  const [file, count] = [reader.number(), reader.number()];
  return count === 0 ? { file } : { file, offsets: times(count, readOffset, reader) };
}

function readOffset(reader: ByteReader): number {
  return reader.double();
}

/** Reads so many of the same. By a loop: there is one for each small file, and `Array.from` takes twice as long. */
function times<T>(count: number, read: (reader: ByteReader) => T, reader: ByteReader): T[] {
  const all: T[] = [];
  for (let number = 0; number < count; number++) all.push(read(reader));
  return all;
}
