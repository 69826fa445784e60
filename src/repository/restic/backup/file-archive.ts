import { FileQueue, type QueuedFile } from '../../archiving/file-queue.ts';
import type { Comparison, Counting } from '../../archiving/statistics.ts';
import { raise } from '../../errors.ts';
import { type BytePath, bytePath } from '../../trees/byte-path.ts';
import type { Entry } from '../../trees/entry.ts';
import type { Content } from '../../trees/source.ts';
import type { ContentSink, LocalFile, StoredContent, UnreadContent } from '../pipeline/content-sink.ts';
import { contentText, type NodeHead } from './node-text.ts';
import type { PreviousNode } from './previous-tree.ts';

/** A file that was found. */
export interface FoundFile {
  readonly entry: Entry;
  readonly content: Content;
  readonly path: BytePath;
  /** The texts of its name and of its node up to the content. */
  readonly name: string;
  readonly head: string;
}

/** Takes the text of a file's node, empty where there is none; `same` says that the parent's tree has it, letter for letter. */
export type PutNode = (text: string, same: boolean) => void;

export interface FileArchiveOptions {
  readonly nodeHead: NodeHead;
  readonly counting: Counting;
  readonly onFailure: (path: Buffer, error: Error) => void;
  /** Told when more of a stream was read. */
  readonly onRead?: (() => void) | undefined;
}

type Result = StoredContent | UnreadContent;
type Queued = LocalFile & QueuedFile<Result>;

/** Stores the contents of files, or takes them from the parent snapshot, and makes their nodes. */
export class FileArchive {
  readonly #sink: ContentSink;
  readonly #options: FileArchiveOptions;
  readonly #queue: FileQueue<Result, Queued>;
  /** Contents of streams: later entries may be other names of them. */
  readonly #streams = new Map<BytePath, StoredContent>();

  #reading = 0;

  constructor(sink: ContentSink, options: FileArchiveOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#queue = new FileQueue(files => sink.files(files.map(({ path, size }) => ({ path, size }))));
  }

  /** The node may come later; what is returned is to be awaited before the next entry is taken. */
  take(file: FoundFile, previous: PreviousNode | undefined, put: PutNode): Promise<void> | undefined {
    const known = previous?.unchanged === true ? previous.content : undefined;
    if (known !== undefined && this.#isStored(file, known)) {
      this.#reuse(file, known, put, previous?.text);
      return undefined;
    }
    const end = (result: Result): void => this.#end(file, result, previous, put);
    return this.#store(file, end);
  }

  /** Bytes of a stream that has not ended yet. */
  get reading(): number {
    return this.#reading;
  }

  /** Waits until there is room for more. @throws what the sink throws */
  room(): Promise<void> {
    return this.#queue.room();
  }

  /** Waits until every node was put. @throws what the sink throws */
  drain(): Promise<void> {
    return this.#queue.drain();
  }

  #isStored({ entry }: FoundFile, content: readonly string[]): boolean {
    if (content.every(id => this.#sink.hasData(id))) return true;
    const { path } = entry;
    this.#options.onFailure(path, raise['content-missing']({ path: path.toString() }));
    return false;
  }

  #reuse(
    { entry, content, path, head }: FoundFile,
    known: readonly string[],
    put: PutNode,
    text?: string,
  ): void {
    this.#options.counting.file('unmodified', entry.size);
    if (content.kind === 'stream') this.#streams.set(path, { content: known, size: entry.size });
    put(text ?? head + contentText(known), text !== undefined);
  }

  #store(file: FoundFile, end: (result: Result) => void): Promise<void> | undefined {
    const { content, entry } = file;
    switch (content.kind) {
      case 'path':
        this.#queue.add({ path: content.path, size: entry.size, stored: end });
        return undefined;
      case 'stream':
        return this.#storeStream(file.path, content.body, end);
      case 'same-as': {
        const same = this.#streams.get(bytePath(content.path));
        end(same ?? { error: raise['link-missing']({ target: content.path.toString() }) });
        return undefined;
      }
    }
  }

  async #storeStream(
    path: BytePath,
    body: AsyncIterable<Uint8Array>,
    end: (result: Result) => void,
  ): Promise<void> {
    const result = await this.#sink.stream(this.#counted(body));
    this.#reading = 0;
    this.#streams.set(path, result);
    end(result);
  }

  async *#counted(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of body) {
      this.#reading += piece.length;
      this.#options.onRead?.();
      yield piece;
    }
  }

  #end(file: FoundFile, result: Result, previous: PreviousNode | undefined, put: PutNode): void {
    const { entry, name, head } = file;
    if ('error' in result) {
      this.#options.onFailure(entry.path, result.error);
      put('', false);
      return;
    }
    const { size, content } = result;
    this.#options.counting.file(compare(file, previous, content), size);
    const whole = size === entry.size ? head : this.#options.nodeHead({ ...entry, size }, name);
    put(whole + contentText(content), false);
  }
}

/** Of a file that was not taken from the parent as it was. One that is another name of a file has no size to compare by. */
function compare(
  { content: { kind } }: FoundFile,
  previous: PreviousNode | undefined,
  content: readonly string[],
): Comparison {
  if (previous === undefined) return 'new';
  const same = kind === 'same-as' && previous.content?.join() === content.join();
  return same || previous.unchanged ? 'unmodified' : 'changed';
}
