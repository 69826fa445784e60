import { forEachConcurrent } from '#foundation/concurrency.ts';
import type { Message } from '#foundation/language.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { Fault } from '../../format/fault.ts';
import type { DirectoryTarget } from '../../trees/target/directory-target.ts';
import type { Failure } from '../../trees/target/target-event.ts';
import { abandonFile, type BegunFile, beginFile, finishFile } from '../../trees/target/target-file.ts';
import { codeOf } from '../../trees/target/target-metadata.ts';
import { contentSize } from '../access/blobs.ts';
import { keyOf, naming } from '../access/files.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { reasons } from '../format/reasons.ts';
import type { ComparedFile, FilePart, OrderedBlob, WholeFile } from './orders.ts';
import { type PackRead, packReads, readTarget, type WantedBlob } from './pack-reads.ts';
import type { PlannedFile, Slice } from './planned-file.ts';
import { ReadBuffers } from './read-buffers.ts';
import { damageFailure, failureOf } from './reasons.ts';
import type { RestoreWorkers } from './workers.ts';

/** What a blob is needed for. */
interface Use {
  readonly file: PlannedFile;
  /** Where in the file it is to be. */
  readonly offsets: number[];
}

/** A blob that could not be read where it was looked for. */
interface LostBlob {
  readonly blob: WantedBlob<Use>;
  readonly failure: Failure;
}

export interface FillingOptions extends StoreOptions {
  readonly target: DirectoryTarget;
  readonly workers: RestoreWorkers;
  /** How many reads are under way at once. */
  readonly concurrency: number;
  /** Told of every file when it is written or has failed. */
  readonly completed: (file: PlannedFile) => void;
}

/** A chunk has at most 8 MiB, and a little more when it is sealed. */
const bufferSize = 8 * 1024 * 1024 + 4096;
/** No blob is longer than this: as reading one by itself has it. */
const blobLimit = 512 * 1024 * 1024;
/** Files of one order, where there is no content to write; bytes, where content is compared. */
const filesPerOrder = 128;
const comparedPerOrder = 16 * 1024 * 1024;

/**
 * Fills files: reads packs in ranges, each once for all files that need something of it, and lets workers open the
 * blobs and write them. A file gets its name when all of it is there; one that lacks a blob never does.
 */
export class Filling implements Disposable {
  readonly #repository: IndexedRepository;
  readonly #options: FillingOptions;
  readonly #buffers: ReadBuffers;
  /** Files that come in parts and are not complete. */
  readonly #begun = new Set<PlannedFile>();

  constructor(repository: IndexedRepository, options: FillingOptions) {
    this.#repository = repository;
    this.#options = options;
    this.#buffers = new ReadBuffers(options.concurrency, Math.max(bufferSize, readTarget));
  }

  /** Of files that are there, those whose content is another. Those that cannot be read are among them. */
  async different(files: readonly PlannedFile[]): Promise<ReadonlySet<PlannedFile>> {
    const different = new Set<PlannedFile>();
    await forEachConcurrent(ordersOf(files), this.#options.concurrency, async group => {
      this.#options.signal?.throwIfAborted();
      const compared = group.map(({ place, content, sizes }, number): ComparedFile => {
        return { ...place, number, content, sizes };
      });
      const answer = await this.#options.workers.run({ kind: 'compare', files: compared });
      const numbers = [...answer.different, ...answer.failed.map(({ number }) => number)];
      for (const file of numbers.map(number => group[number])) if (file !== undefined) different.add(file);
    });
    return different;
  }

  /** Writes these parts of files. @throws what the store throws, unless something is damaged or gone */
  async write(slices: readonly Slice[]): Promise<void> {
    const empty = slices.filter(({ file }) => file.content.length === 0).map(({ file }) => file);
    await forEachConcurrent(chunks(empty, filesPerOrder), this.#options.concurrency, group =>
      this.#writeEmpty(group),
    );
    const { index } = this.#repository;
    await forEachConcurrent(packReads(index, this.#usesOf(slices)), this.#options.concurrency, read =>
      this.#read(read),
    );
  }

  #usesOf(slices: readonly Slice[]): Map<number, Use[]> {
    const wanted = new Map<number, Use[]>();
    for (const { file, from, to } of slices) {
      let offset = file.sizes.slice(0, from).reduce((sum, size) => sum + size, 0);
      for (let at = from; at < to; at++) {
        this.#need(wanted, file, { id: file.content[at] ?? '', offset });
        offset += file.sizes[at] ?? 0;
      }
    }
    return wanted;
  }

  #need(
    wanted: Map<number, Use[]>,
    file: PlannedFile,
    { id, offset }: { readonly id: string; readonly offset: number },
  ): void {
    const entry = this.#repository.index.first('data', id);
    const uses = wanted.get(entry);
    const last = uses?.at(-1);
    if (uses === undefined) wanted.set(entry, [{ file, offsets: [offset] }]);
    else if (last?.file === file) last.offsets.push(offset);
    else uses.push({ file, offsets: [offset] });
  }

  async #writeEmpty(files: readonly PlannedFile[]): Promise<void> {
    const { workers } = this.#options;
    const order = files.map((file, number) => wholeFile(file, number));
    const answer = await workers.run({ kind: 'empty', files: order });
    for (const { number, code } of answer.failed) fail(files[number], { code });
    for (const { number, problems } of answer.incomplete) addProblems(files[number], problems);
    for (const file of files) this.#complete(file);
  }

  async #read(read: PackRead<Use>): Promise<void> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    const blobs = read.blobs.filter(({ uses }) => uses.some(isWanted));
    const lost = blobs.length === 0 ? [] : await this.#fill({ ...read, blobs });
    for (const each of lost) await this.#elsewhere(each);
    for (const { uses } of read.blobs) {
      for (const { file, offsets } of uses) this.#wrote(file, offsets.length);
    }
  }

  /** Reads a range and has its blobs written; those that are damaged or gone. */
  #fill(read: PackRead<Use>): Promise<readonly LostBlob[]> {
    return this.#buffers.use(Math.min(read.length, blobLimit), async sealed => {
      try {
        await this.#fetch(read, sealed);
      } catch (thrown) {
        const failure = damageFailure(thrown);
        return read.blobs.map(blob => ({ blob, failure }));
      }
      return this.#order(read, sealed);
    });
  }

  async #fetch({ pack, offset, length }: PackRead<Use>, into: SharedArrayBuffer): Promise<void> {
    const { store } = this.#repository;
    const { signal } = this.#options;
    const file = keyOf('data', pack);
    await naming(store, file, async () => {
      if (length > blobLimit) throw new Fault(reasons.tooLarge);
      const bytes = new Uint8Array(into);
      let at = 0;
      for await (const piece of await store.getRange(file, { offset, length }, { signal })) {
        bytes.set(piece, at);
        at += piece.length;
      }
    });
  }

  async #order(read: PackRead<Use>, sealed: SharedArrayBuffer): Promise<readonly LostBlob[]> {
    const numbers = new Map<PlannedFile, number>();
    const numberOf = (file: PlannedFile): number => {
      const number = numbers.get(file) ?? numbers.size;
      numbers.set(file, number);
      return number;
    };
    const blobs = read.blobs.map(blob => this.#ordered(blob, read.offset, numberOf));
    const answer = await this.#options.workers.run({ kind: 'fill', sealed, blobs });
    const files = [...numbers.keys()];
    for (const { number, code } of answer.failed) fail(files[number], { code });
    for (const { number, problems } of answer.incomplete) addProblems(files[number], problems);
    return answer.damaged.flatMap(({ number, reason }) => {
      const blob = read.blobs[number];
      return blob === undefined ? [] : [{ blob, failure: this.#damage(read.pack, reasons[reason]) }];
    });
  }

  #ordered(
    { place, uses }: WantedBlob<Use>,
    offset: number,
    numberOf: (file: PlannedFile) => number,
  ): OrderedBlob {
    const whole: WholeFile[] = [];
    const parts: FilePart[] = [];
    for (const { file, offsets } of uses.filter(isWanted)) {
      if (file.content.length === 1) whole.push(wholeFile(file, numberOf(file)));
      else this.#begin(file, begun => parts.push({ ...begun, number: numberOf(file), offsets }));
    }
    return { at: place.offset - offset, blob: place, whole, parts };
  }

  #begin(file: PlannedFile, use: (begun: BegunFile) => void): void {
    const { target } = this.#options;
    try {
      if (file.begun === undefined) {
        const place = { directory: file.place.directory, name: target.temporaryName() };
        file.begun = { ...place, inode: beginFile(target.directories, place) };
        this.#begun.add(file);
      }
      use(file.begun);
    } catch (thrown) {
      fail(file, { code: codeOf(thrown) });
    }
  }

  #damage(pack: string, reason: Message): Failure {
    const { url } = this.#repository.store;
    return failureOf(raise.damaged({ url, file: keyOf('data', pack), reason }));
  }

  /** Takes a blob from another pack, if there is one that has it. */
  async #elsewhere({ blob: { place, uses }, failure }: LostBlob): Promise<void> {
    const { index } = this.#repository;
    // one that is said to have another size cannot be where files were planned to have it
    const others = index
      .places('data', place.id)
      .filter(other => other.entry !== place.entry && contentSize(other) === contentSize(place));
    for (const other of others) {
      const { pack, offset, length } = other;
      const lost = await this.#fill({ pack, offset, length, blobs: [{ place: other, uses }] });
      if (lost.length === 0) return;
    }
    for (const { file } of uses) fail(file, failure);
  }

  #wrote(file: PlannedFile, blobs: number): void {
    file.remaining -= blobs;
    if (file.remaining === 0) this.#complete(file);
  }

  #complete(file: PlannedFile): void {
    if (file.begun !== undefined) this.#finish(file, file.begun);
    file.outcome = file.failure === undefined ? 'written' : 'failed';
    this.#options.completed(file);
  }

  #finish(file: PlannedFile, begun: BegunFile): void {
    const { directories } = this.#options.target;
    const { place, size, entry } = file;
    this.#begun.delete(file);
    try {
      if (file.failure === undefined) {
        addProblems(file, finishFile(directories, begun, { name: place.name, size, metadata: entry }));
      }
    } catch (thrown) {
      fail(file, { code: codeOf(thrown) });
    }
    if (file.failure !== undefined) abandonFile(directories, begun);
  }

  /** Removes what was begun and is not complete. */
  [Symbol.dispose](): void {
    for (const { begun } of this.#begun) {
      if (begun !== undefined) abandonFile(this.#options.target.directories, begun);
    }
  }
}

function isWanted({ file }: Use): boolean {
  return file.failure === undefined;
}

function fail(file: PlannedFile | undefined, failure: Failure): void {
  if (file !== undefined) file.failure ??= failure;
}

function addProblems(file: PlannedFile | undefined, problems: PlannedFile['problems']): void {
  if (file !== undefined && problems.length > 0) file.problems = [...file.problems, ...problems];
}

function wholeFile({ place, entry }: PlannedFile, number: number): WholeFile {
  const { mode, uid, gid, mtime, atime, attributes } = entry;
  return { ...place, number, metadata: { mode, uid, gid, mtime, atime, attributes } };
}

function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

/** Files to be compared, in groups of about as much work. */
function* ordersOf(files: readonly PlannedFile[]): Generator<readonly PlannedFile[]> {
  let group: PlannedFile[] = [];
  let bytes = 0;
  for (const file of files) {
    group.push(file);
    bytes += file.size;
    if (group.length < filesPerOrder && bytes < comparedPerOrder) continue;
    yield group;
    [group, bytes] = [[], 0];
  }
  if (group.length > 0) yield group;
}
