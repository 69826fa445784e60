import { forEachConcurrent } from '#foundation/concurrency.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../errors.ts';
import type { DirectoryTarget } from '../trees/target/directory-target.ts';
import type { Failure } from '../trees/target/target-event.ts';
import { abandonFile, type BegunFile, beginFile, finishFile } from '../trees/target/target-file.ts';
import { codeOf } from '../trees/target/target-metadata.ts';
import type { Contents, Place } from './contents.ts';
import { OrderWriter, type PieceUse } from './order-list.ts';
import type { Answer, ComparedFile, SealedBytes } from './orders.ts';
import { type PackRead, packReads, readsOf, readTarget, type WantedPiece } from './pack-reads.ts';
import type { PlannedFile, Slice } from './planned-file.ts';
import { ReadBuffers } from './read-buffers.ts';
import { damageFailure, failureOf } from './reasons.ts';
import type { RestoreWorkers } from './workers.ts';

/** What a piece is needed for. */
interface Use {
  readonly file: PlannedFile;
  /** Where in the file it is to be. */
  readonly offsets: number[];
}

/** A piece that could not be read where it was looked for. */
interface LostPiece {
  readonly piece: WantedPiece<Use>;
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

/** A chunk has at most 8 MiB in restic and 16 in kopia, and a little more when it is sealed. What is not used takes no memory. */
const bufferSize = 16 * 1024 * 1024 + 4096;
/** No piece is longer. */
const pieceLimit = 512 * 1024 * 1024;
/** How often a piece is followed to where others moved it. */
const mostMoves = 3;
/** Files of one order, where there is no content to write; bytes, where content is compared. */
const filesPerOrder = 128;
const comparedPerOrder = 16 * 1024 * 1024;

/**
 * Fills files: reads packs in ranges, each once for all files that need something of it, and lets workers open the
 * pieces and write them. A file gets its name when all of it is there; one that lacks a piece never does.
 */
export class Filling implements Disposable {
  readonly #contents: Contents;
  readonly #options: FillingOptions;
  readonly #buffers: ReadBuffers;
  /** Where each pack may be read by any thread. */
  readonly #paths = new Map<string, Promise<string | undefined>>();
  /** Files that come in parts and are not complete. */
  readonly #begun = new Set<PlannedFile>();

  constructor(contents: Contents, options: FillingOptions) {
    this.#contents = contents;
    this.#options = options;
    this.#buffers = new ReadBuffers(options.concurrency, Math.max(bufferSize, readTarget));
  }

  /** Of files that are there, those whose content is another. Those that cannot be read are among them. */
  async different(files: readonly PlannedFile[]): Promise<ReadonlySet<PlannedFile>> {
    const different = new Set<PlannedFile>();
    await forEachConcurrent(ordersOf(files), this.#options.concurrency, async group => {
      this.#options.signal?.throwIfAborted();
      const compared = group.map(({ place, pieces, sizes }, number): ComparedFile => {
        return { ...place, number, pieces, sizes };
      });
      const answer = await this.#options.workers.run({ kind: 'compare', files: compared });
      const numbers = [...answer.different, ...answer.failed.map(({ number }) => number)];
      for (const file of numbers.map(number => group[number])) if (file !== undefined) different.add(file);
    });
    return different;
  }

  /** Writes these parts of files. @throws what the store throws, unless something is damaged or gone */
  async write(slices: readonly Slice[]): Promise<void> {
    const empty = slices.filter(({ file }) => file.pieces.length === 0).map(({ file }) => file);
    await forEachConcurrent(chunks(empty, filesPerOrder), this.#options.concurrency, group =>
      this.#writeEmpty(group),
    );
    const reads = packReads(this.#contents, this.#usesOf(slices));
    await forEachConcurrent(reads, this.#options.concurrency, read => this.#read(read));
  }

  #usesOf(slices: readonly Slice[]): Map<number, Use[]> {
    const wanted = new Map<number, Use[]>();
    for (const { file, from, to } of slices) {
      let offset = file.sizes.slice(0, from).reduce((sum, size) => sum + size, 0);
      for (let at = from; at < to; at++) {
        this.#need(wanted, file, { id: file.pieces[at] ?? '', offset });
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
    const piece = this.#contents.find(id);
    const uses = wanted.get(piece);
    const last = uses?.at(-1);
    if (uses === undefined) wanted.set(piece, [{ file, offsets: [offset] }]);
    else if (last?.file === file) last.offsets.push(offset);
    else uses.push({ file, offsets: [offset] });
  }

  async #writeEmpty(files: readonly PlannedFile[]): Promise<void> {
    const order = new OrderWriter();
    for (const { place, entry } of files) order.whole(place, entry);
    note(await this.#options.workers.run({ kind: 'empty', list: order.list() }), files);
    for (const file of files) this.#complete(file);
  }

  async #read(read: PackRead<Use>): Promise<void> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    const pieces = read.pieces.filter(({ uses }) => uses.some(isWanted));
    const lost = pieces.length === 0 ? [] : await this.#fill({ ...read, pieces });
    for (const each of await this.#afterMoves(lost)) await this.#elsewhere(each);
    for (const { uses } of read.pieces) {
      for (const { file, offsets } of uses) this.#wrote(file, offsets.length);
    }
  }

  /** Reads a range and has its pieces written; those that are damaged or gone. */
  async #fill(read: PackRead<Use>): Promise<readonly LostPiece[]> {
    const { pack, offset, length } = read;
    const path = await this.#pathOf(pack);
    if (path !== undefined && length <= bufferSize) {
      const lost = await this.#order(read, { path, offset, length });
      if (lost !== undefined) return lost;
    }
    return this.#buffers.use(Math.min(length, pieceLimit), async memory => {
      try {
        await this.#contents.fetch(pack, { offset, length }, new Uint8Array(memory), this.#options);
      } catch (thrown) {
        const failure = damageFailure(thrown);
        return read.pieces.map(piece => ({ piece, failure }));
      }
      return (await this.#order(read, memory)) ?? [];
    });
  }

  /** Follows pieces that others moved to other packs meanwhile; what is still lost. */
  async #afterMoves(lost: readonly LostPiece[]): Promise<readonly LostPiece[]> {
    let all = lost;
    for (let moves = 0; moves < mostMoves; moves++) {
      const found = await this.#moved(all.filter(isGone));
      if (found.size === 0) return all;
      const still = all.filter(({ piece }) => !found.has(piece));
      for (const read of readsOf(found.values())) still.push(...(await this.#fill(read)));
      all = still;
    }
    return all;
  }

  /** The pieces that lie elsewhere by now, where they do. */
  async #moved(gone: readonly LostPiece[]): Promise<Map<WantedPiece<Use>, WantedPiece<Use>>> {
    const found = new Map<WantedPiece<Use>, WantedPiece<Use>>();
    if (gone.length === 0) return found;
    const places = await this.#places(gone.map(({ piece }) => piece.place));
    for (const [at, { piece }] of gone.entries()) {
      const place = places[at];
      // one that is said to have another size cannot be where files were planned to have it
      if (place?.size === piece.place.size) found.set(piece, { place, uses: piece.uses });
    }
    return found;
  }

  async #places(gone: readonly Place[]): Promise<readonly (Place | undefined)[]> {
    try {
      return await this.#contents.moved(gone, this.#options);
    } catch (thrown) {
      damageFailure(thrown);
      return [];
    }
  }

  #pathOf(pack: string): Promise<string | undefined> {
    const known = this.#paths.get(pack);
    const path = known ?? this.#contents.pathOf(pack, this.#options);
    if (known === undefined) this.#paths.set(pack, path);
    return path;
  }

  /** Has the pieces of a range written; those that are damaged, or `undefined` where nothing could be read. */
  async #order(read: PackRead<Use>, sealed: SealedBytes): Promise<readonly LostPiece[] | undefined> {
    const order = new OrderWriter();
    const numbers = new Map<PlannedFile, number>();
    for (const { place, uses } of read.pieces) {
      const listed = uses.filter(isWanted).flatMap(use => this.#listed(use, order, numbers));
      order.piece(place, place.offset - read.offset, listed);
    }
    const answer = await this.#options.workers.run({ kind: 'fill', sealed, list: order.list() });
    if (answer.unread) return undefined;
    note(answer, [...numbers.keys()]);
    return answer.damaged.flatMap(({ number, reason }) => {
      const piece = read.pieces[number];
      return piece === undefined ? [] : [{ piece, failure: this.#damage(read.pack, reason) }];
    });
  }

  /** A use as the order has it; none where the file could not be begun. */
  #listed({ file, offsets }: Use, order: OrderWriter, numbers: Map<PlannedFile, number>): PieceUse[] {
    const isWhole = file.pieces.length === 1;
    const known = numbers.get(file);
    if (known !== undefined) return [isWhole ? { file: known } : { file: known, offsets }];
    const begun = isWhole ? undefined : this.#begin(file);
    if (!isWhole && begun === undefined) return [];
    const number = begun === undefined ? order.whole(file.place, file.entry) : order.begun(begun);
    numbers.set(file, number);
    return [isWhole ? { file: number } : { file: number, offsets }];
  }

  #begin(file: PlannedFile): BegunFile | undefined {
    const { target } = this.#options;
    try {
      if (file.begun !== undefined) return file.begun;
      const place = { directory: file.place.directory, name: target.temporaryName() };
      file.begun = { ...place, inode: beginFile(target.directories, place) };
      this.#begun.add(file);
      return file.begun;
    } catch (thrown) {
      fail(file, { code: codeOf(thrown) });
      return undefined;
    }
  }

  #damage(pack: string, reason: string): Failure {
    const { url } = this.#contents;
    return failureOf(raise.damaged({ url, file: pack, reason: this.#contents.reason(reason) }));
  }

  /** Takes a piece from another pack, if there is one that has it. */
  async #elsewhere({ piece: { place, uses }, failure }: LostPiece): Promise<void> {
    // one that is said to have another size cannot be where files were planned to have it
    const others = this.#contents.others(place.number).filter(({ size }) => size === place.size);
    for (const other of others) {
      const { pack, offset, length } = other;
      const lost = await this.#fill({ pack, offset, length, pieces: [{ place: other, uses }] });
      if (lost.length === 0) return;
    }
    for (const { file } of uses) fail(file, failure);
  }

  #wrote(file: PlannedFile, pieces: number): void {
    file.remaining -= pieces;
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

function isGone({ failure }: LostPiece): boolean {
  return failure.code === 'repository.file-missing';
}

function isWanted({ file }: Use): boolean {
  return file.failure === undefined;
}

/** What an answer says of files, which are in the order of their numbers. */
function note(answer: Answer, files: readonly PlannedFile[]): void {
  for (const { number, code } of answer.failed) fail(files[number], { code });
  for (const { number, problems } of answer.incomplete) addProblems(files[number], problems);
}

function fail(file: PlannedFile | undefined, failure: Failure): void {
  if (file !== undefined) file.failure ??= failure;
}

function addProblems(file: PlannedFile | undefined, problems: PlannedFile['problems']): void {
  if (file !== undefined && problems.length > 0) file.problems = [...file.problems, ...problems];
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
