import { setImmediate } from 'node:timers/promises';
import type { StoreOptions } from '#storage/object-store.ts';
import { Intake } from '../../pipeline/intake.ts';
import type { JobContent } from '../../pipeline/messages.ts';
import { joinParts, type StoredChunks } from '../../pipeline/stored-content.ts';
import { type ContentId, contentIdOf, contentIdWith, contentKey } from '../format/content-id.ts';
import type { ObjectPart } from '../format/indirect.ts';
import { directObject } from '../format/object-id.ts';
import { sectionsOf } from '../writing/file-sections.ts';
import type {
  ContentOptions,
  FileToStore,
  KopiaWriter,
  ObjectOptions,
  StoredObject,
  UnreadObject,
  WrittenTotals,
} from '../writing/kopia-writer.ts';
import { type CommittingOptions, Ledger, type LedgerOptions } from '../writing/ledger.ts';
import { SplitterPool } from '../writing/splitter-pool.ts';
import {
  type Body,
  concatenated,
  listOf,
  type ObjectTools,
  objectOf,
  sizeOf,
  storeObject,
} from '../writing/storing-objects.ts';
import type { WritableKopia } from '../writing/writable.ts';
import { kopiaFormat } from './engine-format.ts';
import { writeHow } from './how.ts';
import { SessionCell } from './session-cell.ts';

export interface PipelineOptions extends LedgerOptions {
  /** Threads that store contents, at most; without it as many as there are cores, from two to eight. */
  readonly workers?: number | undefined;
  /** Packs that are stored at the same time, each in a file or memory of its own; 2 without it. */
  readonly packsUnderWay?: number | undefined;
}

/** A writer that stores contents in worker threads: for whole trees. */
export async function openKopiaPipeline(
  repository: WritableKopia,
  options: PipelineOptions = {},
): Promise<KopiaWriter> {
  options.signal?.throwIfAborted();
  const ledger = new Ledger(repository, options);
  const session = SessionCell.memory();
  const format = await kopiaFormat(repository, { ledger, session });
  return new PipelineWriter({ repository, ledger, session, intake: new Intake({ ...options, format }) });
}

interface Parts {
  readonly repository: WritableKopia;
  readonly ledger: Ledger;
  readonly session: SharedArrayBuffer;
  readonly intake: Intake;
}

/** A stream or a large file, and what is stored of it. */
interface Unfinished {
  readonly how: ObjectOptions;
  readonly sections: readonly { readonly soFar: readonly JobContent[] }[];
}

class PipelineWriter implements KopiaWriter {
  readonly #repository: WritableKopia;
  readonly #ledger: Ledger;
  readonly #intake: Intake;
  readonly #session: SessionCell;
  readonly #splitters: SplitterPool;
  readonly #tools: ObjectTools;
  /** Contents that were claimed here and are deleted since: they are stored again if they come again. */
  readonly #removed = new Set<ContentId>();
  /** Files that are not held, but stored to their end. */
  readonly #whole = new Set<Promise<unknown>>();
  /** What has not ended, and who is told of it when it is held. */
  readonly #unfinished = new Set<Unfinished>();

  constructor({ repository, ledger, session, intake }: Parts) {
    this.#repository = repository;
    this.#ledger = ledger;
    this.#intake = intake;
    this.#session = new SessionCell(session);
    this.#splitters = new SplitterPool(repository.format.splitter);
    this.#tools = {
      content: (prefix, plain, how) => this.content(prefix, plain, how),
      splitters: this.#splitters,
    };
  }

  get totals(): WrittenTotals {
    return this.#ledger.totals;
  }

  has(id: ContentId): boolean {
    if (this.#removed.has(id)) return false;
    return (
      this.#repository.index.hasLive(id) || this.#intake.engine.claims.sizeOf(contentKey(id)) !== undefined
    );
  }

  /** The id is found in this thread, and the content stored in another if it is new. */
  async content(prefix: string, plain: Uint8Array, { compression }: ContentOptions = {}): Promise<ContentId> {
    this.#intake.engine.check();
    const id = contentIdWith(prefix, this.#repository.hash(plain));
    if (this.#isNew(id, plain.length)) {
      await this.#begin();
      await this.#intake.storeNew(Uint8Array.from(plain), writeHow({ prefix, compression }));
    }
    return id;
  }

  async object(body: Body, options: ObjectOptions = {}): Promise<StoredObject> {
    const { prefix, compression, splitter: name } = options;
    if (prefix !== undefined && prefix !== '') return storeObject(this.#tools, body, options);
    await this.#begin();
    const splitter = this.#splitters.take(name);
    try {
      const how = writeHow({ compression, splitter: name });
      const soFar: JobContent[] = [];
      const chunks = await this.#watched({ how: options, sections: [{ soFar }] }, () =>
        this.#intake.stream(body, splitter, { how, soFar }),
      );
      return await this.#objectOf(await this.#partsOf(chunks), options);
    } finally {
      this.#splitters.giveBack(name, splitter);
    }
  }

  async files(files: readonly FileToStore[]): Promise<readonly (StoredObject | UnreadObject)[]> {
    await this.#begin();
    const inSections = files.map(file => file.onHeld !== undefined || sectionsOf(file).length > 1);
    const whole = this.#wholeFiles(files.filter((_, at) => inSections[at] === false));
    this.#whole.add(whole);
    whole.then(
      () => this.#whole.delete(whole),
      () => {},
    );
    const cut = Promise.all(files.filter((_, at) => inSections[at]).map(file => this.#inSections(file)));
    const [wholes, cuts] = (await Promise.all([whole, cut])).map(answers => answers.values());
    return inSections.flatMap(isCut => (isCut ? cuts : wholes)?.next().value ?? []);
  }

  async remove(id: ContentId): Promise<void> {
    await this.#intake.settle();
    await this.#ledger.deleted(id);
    if (this.#intake.engine.claims.sizeOf(contentKey(id)) !== undefined) this.#removed.add(id);
  }

  async hold(options: StoreOptions = {}): Promise<() => void> {
    await this.#intake.hold(options);
    await Promise.all(this.#whole);
    await setImmediate(); // who gave files is to know what became of them
    for (const { how, sections } of this.#unfinished) {
      const begun = sections.filter(({ soFar }) => soFar.some(({ keys }) => keys.length > 0));
      if (begun.length === 0) continue;
      const stored = await Promise.all(begun.map(({ soFar }) => this.#partsOf(joinParts(soFar))));
      how.onHeld?.(await this.#objectOf(concatenated(stored), how));
    }
    return () => this.#intake.goOn();
  }

  async flush(options: CommittingOptions = {}): Promise<void> {
    await this.#intake.settle(options);
    await this.#ledger.commit(options);
    if (options.goOn !== true) this.#intake.finished();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#intake[Symbol.asyncDispose]();
  }

  /** Whether this thread is the one to have a content stored. */
  #isNew(id: ContentId, length: number): boolean {
    if (this.#repository.index.hasLive(id)) return false;
    return this.#removed.delete(id) || this.#intake.engine.claims.claim(contentKey(id), length);
  }

  /** Packs that threads make are named after the session that is under way. */
  async #begin(): Promise<void> {
    this.#session.value = await this.#ledger.session();
  }

  async #wholeFiles(files: readonly FileToStore[]): Promise<(StoredObject | UnreadObject)[]> {
    const contents = await this.#intake.files(files.map(file => ({ ...file, how: writeHow(file) })));
    const stored: (StoredObject | UnreadObject)[] = [];
    for (const [at, content] of contents.entries()) {
      if ('error' in content) stored.push(content);
      else
        stored.push(oneContent(content) ?? (await this.#objectOf(await this.#partsOf(content), files[at])));
    }
    return stored;
  }

  /** A large file, in the sections that kopia cuts it into. */
  async #inSections(file: FileToStore): Promise<StoredObject | UnreadObject> {
    const how = writeHow(file);
    const sections = sectionsOf(file).map(section => ({ section, soFar: [] }));
    const contents = await this.#watched({ how: file, sections }, () =>
      Promise.all(
        sections.map(({ section, soFar }) => this.#intake.section({ ...file, how, soFar }, section)),
      ),
    );
    const stored = [];
    for (const content of contents) {
      if ('error' in content) return content;
      stored.push(await this.#partsOf(content));
    }
    const parts = concatenated(stored);
    if (stored.length === 1) return this.#objectOf(parts, file);
    return { id: await listOf(this.#tools, parts, file), size: sizeOf(parts) };
  }

  async #watched<T>(unfinished: Unfinished, work: () => Promise<T>): Promise<T> {
    if (unfinished.how.onHeld !== undefined) this.#unfinished.add(unfinished);
    try {
      return await work();
    } finally {
      this.#unfinished.delete(unfinished);
    }
  }

  async #objectOf(parts: readonly ObjectPart[], options: ObjectOptions = {}): Promise<StoredObject> {
    return { id: await objectOf(this.#tools, parts, options), size: sizeOf(parts) };
  }

  /** What has no bytes is one content of none. */
  async #partsOf({ keys, lengths }: StoredChunks): Promise<ObjectPart[]> {
    if (keys.length === 0) {
      return [{ start: 0, length: 0, object: directObject(await this.content('', new Uint8Array(0))) }];
    }
    let start = 0;
    return keys.map((key, at) => {
      const length = lengths[at] ?? 0;
      start += length;
      return { start: start - length, length, object: directObject(contentIdOf(key)) };
    });
  }
}

/** The object of what is one content, as most files are; `undefined` of others. */
function oneContent({ keys: [key, ...more], lengths: [size = 0] }: StoredChunks): StoredObject | undefined {
  return key === undefined || more.length > 0 ? undefined : { id: directObject(contentIdOf(key)), size };
}
