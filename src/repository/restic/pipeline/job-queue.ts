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

  /** The next batch for one of so many workers. */
  next(workers: number): QueuedJob | undefined {
    const waiting = this.#files.length - this.#at;
    if (waiting === 0) return undefined;
    const most = Math.min(mostFiles, Math.max(leastFiles, Math.ceil(waiting / workers)));
    const begun = this.#at;
    let bytes = 0;
    while (this.#at < this.#files.length && this.#at - begun < most && bytes < mostBytes) {
      bytes += this.#files[this.#at++]?.size ?? 0;
    }
    const batch = this.#files.slice(begun, this.#at);
    if (this.#at > this.#files.length / 2) {
      this.#files = this.#files.slice(this.#at);
      this.#at = 0;
    }
    const paths = joinStrings(batch.map(({ path }) => path));
    return { job: { kind: 'files', paths }, done: answer => tell(batch, splitContents(answer)) };
  }
}

function tell(batch: readonly SmallFile[], contents: readonly JobContent[]): void {
  for (const [at, file] of batch.entries()) {
    const content = contents[at];
    if (content !== undefined) file.done(content);
  }
}

/** Bytes of trees after which they are given out before files are, and how many are given out at once. */
const treeBatch = 256 * 1024;

/** Trees that wait to be stored, given out in batches. */
export class TreeBatches {
  #plains: Uint8Array[] = [];
  #bytes = 0;

  /** Bytes of the trees that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Enough for a batch to be worth it. */
  get full(): boolean {
    return this.#bytes >= treeBatch;
  }

  add(plain: Uint8Array): void {
    this.#plains.push(plain);
    this.#bytes += plain.length;
  }

  next(): QueuedJob | undefined {
    if (this.#plains.length === 0) return undefined;
    let bytes = 0;
    const batch = this.#plains.findIndex(plain => (bytes += plain.length) >= treeBatch) + 1;
    const plains = this.#plains.splice(0, batch === 0 ? this.#plains.length : batch);
    this.#bytes -= bytes;
    return { job: { kind: 'trees', plains: joinStrings(plains) }, done: () => {} };
  }
}
