import { UnderWay } from './under-way.ts';

/** A file to be stored, and who is told when it is. */
export interface QueuedFile<Result> {
  /** Bytes that it had when it was looked at. */
  readonly size: number;
  readonly stored: (result: Result) => void;
}

/** Files go to the sink in batches of so many, or of so many bytes. */
const batchFiles = 128;
const batchBytes = 4 * 1024 * 1024;
/** Batches under way at once: enough for every thread to find the next one waiting. */
const batchesUnderWay = 8;

/** Hands files to what stores them, which answers in their order; in batches, several at once. */
export class FileQueue<Result, File extends QueuedFile<Result>> {
  readonly #store: (files: readonly File[]) => Promise<readonly Result[]>;
  readonly #underWay = new UnderWay();
  #batch: File[] = [];
  #bytes = 0;

  constructor(store: (files: readonly File[]) => Promise<readonly Result[]>) {
    this.#store = store;
  }

  add(file: File): void {
    this.#batch.push(file);
    this.#bytes += file.size;
    if (this.#batch.length >= batchFiles || this.#bytes >= batchBytes) this.#send();
  }

  /** Waits until there is room for more; what is queued is sent if nothing else is under way. @throws what the sink throws */
  async room(): Promise<void> {
    if (this.#underWay.count === 0) this.#send();
    await this.#underWay.below(batchesUnderWay);
  }

  /** Waits until everything is stored. @throws what the sink throws */
  async drain(): Promise<void> {
    this.#send();
    await this.#underWay.below(1);
  }

  #send(): void {
    if (this.#batch.length === 0) return;
    this.#underWay.add(this.#tell(this.#batch));
    [this.#batch, this.#bytes] = [[], 0];
  }

  async #tell(batch: readonly File[]): Promise<void> {
    const results = await this.#store(batch);
    if (results.length !== batch.length) throw new Error('the sink gave no answer for a file');
    for (const [at, file] of batch.entries()) file.stored(results[at] as Result);
  }
}
