import { FileQueue, type QueuedFile } from '../../archiving/file-queue.ts';
import { raise } from '../../errors.ts';
import { type BytePath, bytePath } from '../../trees/byte-path.ts';
import type { Entry } from '../../trees/entry.ts';
import type { Content } from '../../trees/source.ts';
import type { Policy } from '../format/policy.ts';
import { compressorFor, metadataCompressorOf, sectionSizeOf, splitterOf } from '../policies/settings.ts';
import type { FileToStore, KopiaWriter, StoredObject, UnreadObject } from '../writing/kopia-writer.ts';

/** A file that was found, and whose content is to be stored. */
export interface FileToArchive {
  readonly entry: Entry;
  readonly content: Content;
  readonly path: BytePath;
  readonly name: BytePath;
  /** What holds for this file. */
  readonly policy: Policy;
}

/** Files from which on what is stored of them is told before they end. Bytes. */
const largeFrom = 16 * 1024 * 1024;

type Result = StoredObject | UnreadObject;
/** Who is told of a file. */
export interface Listener {
  /** Of the whole of it. */
  readonly stored: (result: Result) => void;
  /** Of what is stored of a large one, or of a stream, whenever the writer is held. */
  readonly onHeld: (soFar: StoredObject) => void;
}

type Queued = FileToStore & QueuedFile<Result>;

/** Stores the contents of files as policies say. */
export class FileArchive {
  readonly #writer: KopiaWriter;
  readonly #onRead: (() => void) | undefined;
  readonly #small: FileQueue<Result, Queued>;
  /** Apart from the small ones, so that these are in checkpoints that are made meanwhile. */
  readonly #large: FileQueue<Result, Queued>;
  /** Contents of streams: later entries may be other names of them. */
  readonly #streams = new Map<BytePath, StoredObject>();
  #reading = 0;

  constructor(writer: KopiaWriter, onRead?: () => void) {
    this.#writer = writer;
    this.#onRead = onRead;
    this.#small = new FileQueue(files => writer.files(files));
    this.#large = new FileQueue(files => writer.files(files));
  }

  /** Bytes of a stream that has not ended yet. */
  get reading(): number {
    return this.#reading;
  }

  /** Tells of the result, later or at once; what is returned is to be awaited before the next entry is taken. */
  store(file: FileToArchive, { stored, onHeld }: Listener): Promise<void> | undefined {
    const { content, entry, policy } = file;
    const { size } = entry;
    switch (content.kind) {
      case 'path': {
        const queued = { path: content.path, size, ...howToStore(file, policy), stored };
        if (size > largeFrom) this.#large.add({ ...queued, onHeld });
        else this.#small.add(queued);
        return undefined;
      }
      case 'stream':
        return this.#storeStream(file, content.body, { stored, onHeld });
      case 'same-as':
        stored(
          this.#streams.get(bytePath(content.path)) ?? {
            error: raise['link-missing']({ target: content.path.toString() }),
          },
        );
        return undefined;
    }
  }

  /** Notes a file that was taken over, so that other names of it are found. */
  taken({ content, path }: Pick<FileToArchive, 'content' | 'path'>, object: StoredObject): void {
    if (content.kind === 'stream') this.#streams.set(path, object);
  }

  /** Waits until there is room for more. @throws what the writer throws */
  async room(): Promise<void> {
    await this.#large.room();
    await this.#small.room();
  }

  /** Waits until every result was told. @throws what the writer throws */
  async drain(): Promise<void> {
    await Promise.all([this.#small.drain(), this.#large.drain()]);
  }

  async #storeStream(
    file: FileToArchive,
    body: AsyncIterable<Uint8Array>,
    { stored, onHeld }: Listener,
  ): Promise<void> {
    const how = { ...howToStore(file, file.policy), onHeld };
    const result = await this.#writer.object(this.#counted(body), how);
    this.#reading = 0;
    this.#streams.set(file.path, result);
    stored(result);
  }

  async *#counted(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of body) {
      this.#reading += piece.length;
      this.#onRead?.();
      yield piece;
    }
  }
}

function howToStore(
  { name, entry: { size } }: Pick<FileToArchive, 'name' | 'entry'>,
  policy: Policy,
): Pick<FileToStore, 'compression' | 'metadataCompression' | 'splitter' | 'sectionSize'> {
  return {
    compression: compressorFor(policy, { name, size }),
    metadataCompression: metadataCompressorOf(policy) ?? 'none',
    splitter: splitterOf(policy),
    sectionSize: sectionSizeOf(policy),
  };
}
