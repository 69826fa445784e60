import { isObject, type Json, type JsonObject, writeJson } from '../../format/go-json.ts';
import { sealOverhead } from '../sealing/seal.ts';
import { isId } from './ids.ts';
import type { PackedBlob } from './pack.ts';

/** A pack as an index describes it. */
export interface IndexedPack {
  readonly id: string;
  readonly blobs: readonly PackedBlob[];
}

/** No offset or length in a pack is greater: its header has 32 bits for each. */
const greatest = 2 ** 32 - 1;

/** The packs of an index file, one after the other; `undefined` in place of one that is not valid, and then no more. */
export function* readIndex(document: Json): Generator<IndexedPack | undefined> {
  const packs = isObject(document) ? (document['packs'] ?? []) : undefined;
  if (!Array.isArray(packs)) {
    yield undefined;
    return;
  }
  for (const each of packs as readonly Json[]) {
    const pack = readPack(each);
    yield pack;
    if (pack === undefined) return;
  }
}

function readPack(document: Json): IndexedPack | undefined {
  if (!isObject(document) || !isId(document['id'])) return undefined;
  const list = document['blobs'];
  if (!Array.isArray(list)) return undefined;
  const blobs = (list as readonly Json[]).map(readBlob);
  return blobs.every(blob => blob !== undefined) ? { id: document['id'], blobs } : undefined;
}

function readBlob(document: Json): PackedBlob | undefined {
  if (!isObject(document)) return undefined;
  const { id, type, offset, length, uncompressed_length: uncompressed = 0 } = document;
  if (!isId(id) || (type !== 'data' && type !== 'tree')) return undefined;
  if (!isLength(offset) || !isLength(length) || !isLength(uncompressed)) return undefined;
  if (length < sealOverhead) return undefined;
  return { id, type, offset, length, uncompressed };
}

function isLength(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= greatest;
}

/** The plain text of an index file of these packs. */
export function writeIndex(packs: readonly IndexedPack[]): Buffer {
  const document = { packs: packs.map(({ id, blobs }) => ({ id, blobs: blobs.map(writeBlob) })) };
  return Buffer.from(`${writeJson(document)}\n`);
}

function writeBlob({ id, type, offset, length, uncompressed }: PackedBlob): JsonObject {
  const plain = { id, type, offset, length };
  return uncompressed === 0 ? plain : { ...plain, uncompressed_length: uncompressed };
}
