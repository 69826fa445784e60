import { constants, fstatSync, readSync } from 'node:fs';
import { Fault } from '../format/fault.ts';
import { closeDescriptor, openAt } from '../posix/at.ts';
import { pathBytes } from '../trees/byte-path.ts';
import { TargetDirectories } from '../trees/target/target-directories.ts';
import { writeFileParts, writeWholeFile } from '../trees/target/target-file.ts';
import { codeOf, type MetadataProblem } from '../trees/target/target-metadata.ts';
import type { Opener } from './contents.ts';
import { filesOf, type ListedFile, type ListedPiece, piecesOf } from './order-list.ts';
import type { Answer, ComparedFile, Order, SealedBytes, WorkerSetup } from './orders.ts';
import { PackFile } from './pack-file.ts';

interface OpenAnswer extends Answer {
  unread: boolean;
  readonly damaged: { number: number; reason: string }[];
  readonly failed: { number: number; code: string }[];
  readonly incomplete: { number: number; problems: readonly MetadataProblem[] }[];
  readonly different: number[];
}

/** Does what a worker thread is ordered, one order after the other, on directories that it keeps open. */
export class RestoreWork {
  readonly #setup: WorkerSetup;
  readonly #directories: TargetDirectories;
  readonly #opener: Opener;
  readonly #pack = new PackFile();
  #temporaries = 0;

  constructor(setup: WorkerSetup, opener: Opener) {
    this.#setup = setup;
    this.#opener = opener;
    this.#directories = new TargetDirectories(setup.root);
  }

  do(order: Order): Answer {
    const answer: OpenAnswer = { unread: false, damaged: [], failed: [], incomplete: [], different: [] };
    switch (order.kind) {
      case 'fill':
        this.#fillAll(order, answer);
        break;
      case 'empty':
        for (const [number, file] of filesOf(order.list).entries()) {
          this.#write({ number, file }, nothing, answer);
        }
        break;
      case 'compare':
        for (const file of order.files) this.#compare(file, answer);
        break;
    }
    return answer;
  }

  #fillAll({ sealed, list }: Extract<Order, { readonly kind: 'fill' }>, answer: OpenAnswer): void {
    const bytes = this.#bytesOf(sealed);
    if (bytes === undefined) {
      answer.unread = true;
      return;
    }
    const files = filesOf(list);
    let number = 0;
    for (const piece of piecesOf(list)) {
      const content = this.#open(piece, bytes, answer, number++);
      if (content !== undefined) this.#use(piece, files, content, answer);
    }
  }

  #bytesOf(sealed: SealedBytes): Uint8Array | undefined {
    return sealed instanceof SharedArrayBuffer ? new Uint8Array(sealed) : this.#pack.read(sealed);
  }

  #open(piece: ListedPiece, bytes: Uint8Array, answer: OpenAnswer, number: number): Uint8Array | undefined {
    try {
      return this.#opener.open(piece, bytes.subarray(piece.from, piece.from + piece.length));
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      answer.damaged.push({ number, reason: this.#opener.nameOf(thrown) });
      return undefined;
    }
  }

  #use({ uses }: ListedPiece, files: readonly ListedFile[], content: Uint8Array, answer: OpenAnswer): void {
    const { sparse } = this.#setup;
    for (const { file: number, offsets } of uses) {
      const file = files[number];
      if (file?.kind === 'whole') this.#write({ number, file }, content, answer);
      if (file?.kind !== 'begun' || offsets === undefined) continue;
      trying(answer, number, () => writeFileParts(this.#directories, file, { content, offsets, sparse }));
    }
  }

  #write(
    { number, file }: { readonly number: number; readonly file: ListedFile },
    content: Uint8Array,
    answer: OpenAnswer,
  ): void {
    if (file.kind !== 'whole') return;
    const { directory, name, metadata } = file;
    trying(answer, number, () => {
      const temporary = pathBytes(`${this.#setup.prefix}${this.#temporaries++}`);
      const given = { directory, name, temporary, content, metadata };
      const problems = writeWholeFile(this.#directories, given, this.#setup);
      if (problems.length > 0) answer.incomplete.push({ number, problems });
    });
  }

  #compare(file: ComparedFile, answer: OpenAnswer): void {
    trying(answer, file.number, () => {
      const directory = this.#directories.at(file.directory);
      const descriptor = openAt(directory, pathBytes(file.name), constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        if (!this.#hasContent(descriptor, file)) answer.different.push(file.number);
      } finally {
        closeDescriptor(descriptor);
      }
    });
  }

  #hasContent(descriptor: number, { pieces, sizes }: ComparedFile): boolean {
    const status = fstatSync(descriptor);
    if (!status.isFile() || status.size !== sizes.reduce((sum, size) => sum + size, 0)) return false;
    let offset = 0;
    for (const [at, id] of pieces.entries()) {
      const size = sizes[at] ?? 0;
      if (scratch.length < size) scratch = Buffer.alloc(size);
      if (!readFully(descriptor, scratch.subarray(0, size), offset)) return false;
      if (!this.#opener.isContent(id, scratch.subarray(0, size))) return false;
      offset += size;
    }
    return true;
  }
}

const nothing = new Uint8Array(0);

function trying(answer: OpenAnswer, number: number, action: () => void): void {
  try {
    action();
  } catch (thrown) {
    answer.failed.push({ number, code: codeOf(thrown) });
  }
}

let scratch = Buffer.alloc(0);

function readFully(descriptor: number, into: Buffer, offset: number): boolean {
  for (let at = 0; at < into.length; ) {
    const read = readSync(descriptor, into, at, into.length - at, offset + at);
    if (read === 0) return false;
    at += read;
  }
  return true;
}
