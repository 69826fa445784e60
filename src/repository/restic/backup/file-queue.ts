import type { ContentSink, LocalFile, StoredContent, UnreadContent } from '../pipeline/content-sink.ts';
import { UnderWay } from './under-way.ts';

/** A file to be stored, and who is told when it is. */
export interface QueuedFile extends LocalFile {
  readonly stored: (result: StoredContent | UnreadContent) => void;
}

/** Files go to the sink in batches of so many, or of so many bytes. */
const batchFiles = 128;
const batchBytes = 4 * 1024 * 1024;
/** Batches under way at once: enough for every thread to find the next one waiting. */
const batchesUnderWay = 8;

/** Hands files to a sink in batches, several at once. */
export class FileQueue {
  readonly #sink: ContentSink;
  readonly #underWay = new UnderWay();
  #batch: QueuedFile[] = [];
  #bytes = 0;

  constructor(sink: ContentSink) {
    this.#sink = sink;
  }

  add(file: QueuedFile): void {
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
    this.#underWay.add(this.#store(this.#batch));
    [this.#batch, this.#bytes] = [[], 0];
  }

  async #store(batch: readonly QueuedFile[]): Promise<void> {
    const results = await this.#sink.files(batch.map(({ path, size }) => ({ path, size })));
    for (const [at, file] of batch.entries()) {
      const result = results[at];
      if (result === undefined) throw new Error('the sink gave no answer for a file');
      file.stored(result);
    }
  }
}
