import { mapConcurrent } from '#foundation/concurrency.ts';
import { say } from '#foundation/language.ts';
import type { ByteRange, StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { Fault } from '../../format/fault.ts';
import { decompress } from '../format/compression.ts';
import type { ContentId } from '../format/content-id.ts';
import { type ObjectPart, readIndirect } from '../format/indirect.ts';
import { type ObjectId, type ParsedObjectId, parseObjectId } from '../format/object-id.ts';
import { readContent } from './contents.ts';
import type { IndexedKopia } from './indexed.ts';
import { naming } from './naming.ts';

/** A part of an object that is one content. */
export interface ContentPart {
  readonly content: ContentId;
  /** Where in the object the part begins, and its bytes. */
  readonly start: number;
  readonly length: number;
  /** Whether the content holds the part compressed, with a header, as only old repositories have it. */
  readonly compressed: boolean;
}

export interface ReadObjectOptions extends StoreOptions {
  /** Only these bytes; what lies beyond the end is left out. All unless told. */
  readonly range?: ByteRange | undefined;
}

/** How many contents are read at once. */
const concurrency = 3;
/** Bytes of an object that is held whole: a list of parts, a directory. */
const wholeLimit = 1024 * 1024 * 1024;
/** Bytes of a part that is compressed by itself. */
const partLimit = 256 * 1024 * 1024;
/** Lists in lists; kopia makes no more than a few. */
const depthLimit = 16;

/**
 * The contents that an object is made of, in order. Its data is not read, unless it is one that an old repository compressed.
 *
 * @throws `repository.kopia-content-missing`, `damaged`, `file-missing` and what the store throws
 */
export async function objectContents(
  repository: IndexedKopia,
  object: ObjectId,
  options: StoreOptions = {},
): Promise<readonly ContentPart[]> {
  return Array.fromAsync(partsOf(repository, object, { ...options, start: 0, depth: 0 }));
}

/**
 * The bytes of an object, or of a range of it: only what the range touches is read.
 *
 * @throws as {@link objectContents} does
 */
export async function* readObject(
  repository: IndexedKopia,
  object: ObjectId,
  { range, signal }: ReadObjectOptions = {},
): AsyncGenerator<Buffer> {
  const [from, to] = range === undefined ? [0, Infinity] : [range.offset, range.offset + range.length];
  const wanted = (await objectContents(repository, object, { signal })).filter(
    ({ start, length }) => start < to && start + length > from,
  );
  for await (const { part, plain } of mapConcurrent(wanted, concurrency, async part => ({
    part,
    plain: await readPart(repository, part, { signal }),
  }))) {
    yield plain.subarray(Math.max(0, from - part.start), to - part.start);
  }
}

/**
 * A whole object in memory, for those that are small by nature.
 *
 * @throws as {@link objectContents} does
 */
export async function readWholeObject(
  repository: IndexedKopia,
  object: ObjectId,
  options: StoreOptions = {},
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of readObject(repository, object, options)) {
    length += piece.length;
    if (length > wholeLimit) await naming(repository.store, object, () => Promise.reject(new Fault(tooLong)));
    pieces.push(piece);
  }
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces, length);
}

/** The bytes of a part, which are as many as it says. @throws as {@link objectContents} does */
export async function readPart(
  repository: IndexedKopia,
  { content, length, compressed }: Pick<ContentPart, 'content' | 'length' | 'compressed'>,
  options: StoreOptions = {},
): Promise<Buffer> {
  const plain = await readContent(repository, content, options);
  return naming(repository.store, content, async () => {
    const bytes = compressed ? decompress(undefined, plain, { limit: partLimit }) : plain;
    if (bytes.length !== length) throw new Fault(otherLength);
    return bytes;
  });
}

interface Place extends StoreOptions {
  /** Where in the whole object this one begins. */
  readonly start: number;
  readonly depth: number;
}

async function* partsOf(
  repository: IndexedKopia,
  object: ObjectId,
  place: Place,
): AsyncGenerator<ContentPart> {
  const { signal, start, depth } = place;
  const parsed = await naming(repository.store, object, async () => readId(object, depth));
  if (parsed.levels === 0) {
    yield await onlyPart(repository, parsed, place);
    return;
  }
  const list = await readWholeObject(repository, object.slice(1), { signal });
  for (const part of await naming(repository.store, object, async () => readIndirect(list))) {
    const there = { signal, start: start + part.start, depth: depth + 1 };
    const { levels, content, compressed } = await naming(repository.store, object, async () =>
      readId(part.object, there.depth),
    );
    if (levels === 0) yield { content, start: there.start, length: part.length, compressed };
    else yield* nested(repository, part, there);
  }
}

/** The parts of an object that is itself a part: as long together as it is said to be. */
async function* nested(
  repository: IndexedKopia,
  { object, length }: ObjectPart,
  place: Place,
): AsyncGenerator<ContentPart> {
  let end = place.start;
  for await (const part of partsOf(repository, object, place)) {
    end = part.start + part.length;
    yield part;
  }
  if (end - place.start === length) return;
  await naming(repository.store, object, () => Promise.reject(new Fault(otherLength)));
}

/** The part that is the whole of an object. How long a compressed one is, only its bytes say. */
async function onlyPart(
  repository: IndexedKopia,
  { content, compressed }: ParsedObjectId,
  { signal, start }: Place,
): Promise<ContentPart> {
  const entry = repository.index.find(content);
  if (entry === undefined) {
    throw raise['kopia-content-missing']({ url: repository.store.url, id: content });
  }
  if (!compressed) return { content, start, length: entry.original, compressed };
  const packed = await readContent(repository, content, { signal });
  const { length } = await naming(repository.store, content, async () =>
    decompress(undefined, packed, { limit: partLimit }),
  );
  return { content, start, length, compressed };
}

function readId(object: ObjectId, depth: number): ParsedObjectId {
  const parsed = parseObjectId(object);
  if (parsed === undefined || depth > depthLimit) throw new Fault(noObject);
  return parsed;
}

const noObject = say('it is not the name of an object', 'オブジェクトの名前として正しくありません');
const tooLong = say('it is absurdly long', '異常に大きなサイズです');
const otherLength = say(
  'it has another length than what refers to it says',
  '参照元に記載された長さと異なります',
);
