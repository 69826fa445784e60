import type { BoundaryFinder } from '../../chunking/boundary.ts';
import { type ObjectPart, writeIndirect } from '../format/indirect.ts';
import { directObject, indirectObject, type ObjectId } from '../format/object-id.ts';
import type { KopiaWriter, ObjectOptions, StoredObject } from './kopia-writer.ts';
import type { SplitterPool } from './splitter-pool.ts';

/** What directories, and lists of contents, are compressed with unless a policy says otherwise. */
export const metadataCompressor = 'zstd-fastest';

/** Lists have this prefix, unless what they list has one of its own. */
const listPrefix = 'x';

/** What objects are stored with. */
export interface ObjectTools {
  readonly content: KopiaWriter['content'];
  readonly splitters: SplitterPool;
}

export type Body = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Cuts a stream, stores its contents, and the list of them where there are several. @throws what the stream throws */
export async function storeObject(
  tools: ObjectTools,
  body: Body,
  options: ObjectOptions = {},
): Promise<StoredObject> {
  const parts = await storeParts(tools, body, options);
  return { id: await objectOf(tools, parts, options), size: sizeOf(parts) };
}

/** The contents that a stream was cut into: one of no bytes for a stream without any. @throws what the stream throws */
export async function storeParts(
  tools: ObjectTools,
  body: Body,
  { prefix = '', compression, splitter: name }: ObjectOptions,
): Promise<ObjectPart[]> {
  const splitter = tools.splitters.take(name);
  const parts: ObjectPart[] = [];
  let start = 0;
  const store = async (piece: Uint8Array): Promise<void> => {
    const id = await tools.content(prefix, piece, { compression });
    parts.push({ start, length: piece.length, object: directObject(id) });
    start += piece.length;
  };
  try {
    for await (const piece of cut(splitter, body)) await store(piece);
    if (parts.length === 0) await store(new Uint8Array(0));
  } finally {
    tools.splitters.giveBack(name, splitter);
  }
  return parts;
}

/** Bytes of an object of these parts. */
export function sizeOf(parts: readonly ObjectPart[]): number {
  const last = parts.at(-1);
  return last === undefined ? 0 : last.start + last.length;
}

/** The parts of several objects, one after the other, as those of one. */
export function concatenated(objects: readonly (readonly ObjectPart[])[]): ObjectPart[] {
  let begun = 0;
  return objects.flatMap(parts => {
    const moved = parts.map(part => ({ ...part, start: begun + part.start }));
    begun += sizeOf(parts);
    return moved;
  });
}

/** The object that these parts make up: the only one, or a list of them, which is stored as an object again. */
export async function objectOf(
  tools: ObjectTools,
  parts: readonly ObjectPart[],
  { prefix = '', metadataCompression = metadataCompressor }: ObjectOptions = {},
): Promise<ObjectId> {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first.object;
  return listOf(tools, parts, { prefix, metadataCompression });
}

/** The object of a list of parts, which is stored even of a single one, as kopia does with sections of files. */
export async function listOf(
  tools: ObjectTools,
  parts: readonly ObjectPart[],
  { prefix = '', metadataCompression = metadataCompressor }: ObjectOptions = {},
): Promise<ObjectId> {
  const list = await storeObject(tools, [writeIndirect(parts)], {
    prefix: prefix === '' ? listPrefix : prefix,
    compression: metadataCompression,
    metadataCompression,
  });
  return indirectObject(list.id);
}

/** The pieces that a stream is cut into. They lie in the splitter's memory: each is used up before the next is asked for. */
async function* cut({ find, room, sizes }: BoundaryFinder, body: Body): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const bytes of body) {
    for (let at = 0; at < bytes.length; ) {
      const taken = bytes.subarray(at, at + sizes.max - length);
      room.set(taken, length);
      const found = find(room, length, length + taken.length);
      const end = found === 0 && length + taken.length === sizes.max ? sizes.max : found;
      at += end === 0 ? taken.length : end - length;
      length += taken.length;
      if (end === 0) continue;
      yield room.subarray(0, end);
      length = 0;
    }
  }
  if (length > 0) yield room.subarray(0, length);
}
