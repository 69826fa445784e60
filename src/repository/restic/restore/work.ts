import { hash } from 'node:crypto';
import { constants, fstatSync, readSync } from 'node:fs';
import { Fault } from '../../format/fault.ts';
import { closeDescriptor, openAt } from '../../posix/at.ts';
import { pathBytes } from '../../trees/byte-path.ts';
import { TargetDirectories } from '../../trees/target/target-directories.ts';
import { writeFileParts, writeWholeFile } from '../../trees/target/target-file.ts';
import { codeOf, type MetadataProblem } from '../../trees/target/target-metadata.ts';
import { BlobOpener } from '../access/blob-opener.ts';
import { reasons } from '../format/reasons.ts';
import type { Answer, ComparedFile, FilePart, Order, OrderedBlob, WholeFile, WorkerSetup } from './orders.ts';

interface OpenAnswer extends Answer {
  readonly damaged: { number: number; reason: keyof typeof reasons }[];
  readonly failed: { number: number; code: string }[];
  readonly incomplete: { number: number; problems: readonly MetadataProblem[] }[];
  readonly different: number[];
}

/** Does what a worker thread is ordered, one order after the other, on directories that it keeps open. */
export class RestoreWork {
  readonly #setup: WorkerSetup;
  readonly #directories: TargetDirectories;
  readonly #opener: BlobOpener;
  #temporaries = 0;

  constructor(setup: WorkerSetup) {
    this.#setup = setup;
    this.#opener = new BlobOpener(setup.key);
    this.#directories = new TargetDirectories(setup.root);
  }

  do(order: Order): Answer {
    const answer: OpenAnswer = { damaged: [], failed: [], incomplete: [], different: [] };
    switch (order.kind) {
      case 'fill':
        for (const [number, blob] of order.blobs.entries()) {
          this.#fill({ blob, number }, order.sealed, answer);
        }
        break;
      case 'empty':
        for (const file of order.files) this.#write(file, nothing, answer);
        break;
      case 'compare':
        for (const file of order.files) this.#compare(file, answer);
        break;
    }
    return answer;
  }

  #fill(
    { blob: { at, blob, whole, parts }, number }: { readonly blob: OrderedBlob; readonly number: number },
    sealed: SharedArrayBuffer,
    answer: OpenAnswer,
  ): void {
    let content: Uint8Array;
    try {
      content = this.#opener.openInPlace(blob, new Uint8Array(sealed, at, blob.length));
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      answer.damaged.push({ number, reason: nameOfReason(thrown) });
      return;
    }
    for (const file of whole) this.#write(file, content, answer);
    for (const part of parts) this.#writePart(part, content, answer);
  }

  #write({ number, metadata, ...place }: WholeFile, content: Uint8Array, answer: OpenAnswer): void {
    trying(answer, number, () => {
      const temporary = `${this.#setup.prefix}${this.#temporaries++}`;
      const file = { place, temporary, content, metadata };
      const problems = writeWholeFile(this.#directories, file, this.#setup);
      if (problems.length > 0) answer.incomplete.push({ number, problems });
    });
  }

  #writePart({ number, offsets, ...file }: FilePart, content: Uint8Array, answer: OpenAnswer): void {
    const { sparse } = this.#setup;
    trying(answer, number, () => writeFileParts(this.#directories, file, { content, offsets, sparse }));
  }

  #compare(file: ComparedFile, answer: OpenAnswer): void {
    trying(answer, file.number, () => {
      const directory = this.#directories.at(file.directory);
      const descriptor = openAt(directory, pathBytes(file.name), constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        if (!hasContent(descriptor, file)) answer.different.push(file.number);
      } finally {
        closeDescriptor(descriptor);
      }
    });
  }
}

/** Reasons are told from thread to thread by their names, for their texts are functions. */
function nameOfReason({ reason }: Fault): keyof typeof reasons {
  const names = Object.keys(reasons) as (keyof typeof reasons)[];
  return names.find(name => reasons[name] === reason) ?? 'otherBytes';
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

function hasContent(descriptor: number, { content, sizes }: ComparedFile): boolean {
  const status = fstatSync(descriptor);
  if (!status.isFile() || status.size !== sizes.reduce((sum, size) => sum + size, 0)) return false;
  let offset = 0;
  for (const [at, id] of content.entries()) {
    const size = sizes[at] ?? 0;
    if (scratch.length < size) scratch = Buffer.alloc(size);
    if (!readFully(descriptor, scratch.subarray(0, size), offset)) return false;
    if (hash('sha256', scratch.subarray(0, size)) !== id) return false;
    offset += size;
  }
  return true;
}

function readFully(descriptor: number, into: Buffer, offset: number): boolean {
  for (let at = 0; at < into.length; ) {
    const read = readSync(descriptor, into, at, into.length - at, offset + at);
    if (read === 0) return false;
    at += read;
  }
  return true;
}
