import type { Job, JobAnswer, JobContent } from './messages.ts';
import { joinStrings, splitContents } from './messages.ts';

/** A job that was not given to a worker yet, and what its answer is for. */
export interface QueuedJob {
  readonly job: Job;
  readonly done: (answer: JobAnswer) => void;
}

/** A file that is small enough to be stored by one worker. */
export interface SmallFile {
  readonly path: Uint8Array;
  /** Bytes. */
  readonly size: number;
  /** See {@link Job}. */
  readonly how: string;
  readonly done: (content: JobContent) => void;
}

const [mostFiles, leastFiles, mostBytes] = [128, 8, 4 * 1024 * 1024];

/** Small files, given out in batches: so many that messages cost little, so few that all workers have their share. */
export class FileBatches {
  #files: SmallFile[] = [];
  #at = 0;

  add(file: SmallFile): void {
    this.#files.push(file);
  }

  /** The next batch for one of so many workers; files in it are stored in the same way. */
  next(workers: number): QueuedJob | undefined {
    const waiting = this.#files.length - this.#at;
    if (waiting === 0) return undefined;
    const most = Math.min(mostFiles, Math.max(leastFiles, Math.ceil(waiting / workers)));
    const batch = this.#take(most);
    const paths = joinStrings(batch.map(({ path }) => path));
    const how = batch[0]?.how ?? '';
    const sizes = batch.map(({ size }) => size);
    return { job: { kind: 'files', how, paths, sizes }, done: answer => tell(batch, splitContents(answer)) };
  }

  #take(most: number): SmallFile[] {
    const begun = this.#at;
    const how = this.#files[begun]?.how;
    let bytes = 0;
    while (this.#at - begun < most && bytes < mostBytes && this.#files[this.#at]?.how === how) {
      bytes += this.#files[this.#at++]?.size ?? 0;
    }
    const batch = this.#files.slice(begun, this.#at);
    if (this.#at > this.#files.length / 2) {
      this.#files = this.#files.slice(this.#at);
      this.#at = 0;
    }
    return batch;
  }
}

function tell(batch: readonly SmallFile[], contents: readonly JobContent[]): void {
  for (const [at, file] of batch.entries()) {
    const content = contents[at];
    if (content !== undefined) file.done(content);
  }
}

/** Bytes of new contents after which they are given out before files are, and how many are given out at once. */
const newBatch = 256 * 1024;

/** Contents that are known to be new and wait to be stored, given out in batches. */
export class NewBatches {
  readonly #plains = new Map<string, Uint8Array[]>();
  #bytes = 0;

  /** Bytes of what waits. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Enough for a batch to be worth it. */
  get full(): boolean {
    return this.#bytes >= newBatch;
  }

  add(plain: Uint8Array, how: string): void {
    const waiting = this.#plains.get(how);
    if (waiting === undefined) this.#plains.set(how, [plain]);
    else waiting.push(plain);
    this.#bytes += plain.length;
  }

  next(): QueuedJob | undefined {
    const batch = this.nextBatch();
    return (
      batch && { job: { kind: 'new', how: batch.how, plains: joinStrings(batch.plains) }, done: () => {} }
    );
  }

  /** The next contents, to be stored in one way. */
  nextBatch(): { readonly how: string; readonly plains: readonly Uint8Array[] } | undefined {
    const [first] = this.#plains;
    if (first === undefined) return undefined;
    const [how, waiting] = first;
    let bytes = 0;
    const batch = waiting.findIndex(plain => (bytes += plain.length) >= newBatch) + 1;
    const plains = waiting.splice(0, batch === 0 ? waiting.length : batch);
    if (waiting.length === 0) this.#plains.delete(how);
    this.#bytes -= bytes;
    return { how, plains };
  }
}
