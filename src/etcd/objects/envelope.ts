import { wireFields } from '../snapshot/protobuf.ts';
import { decodeMessage, decodePart } from './decode-message.ts';
import type { JsonObject } from './json.ts';
import { parseJson } from './parse-json.ts';
import { messageOfKind, messageTable, partOfMessage } from './tables.ts';
import { Undecodable } from './undecodable.ts';

/** `k8s` and a NUL begin a value in protobuf: a `runtime.Unknown` follows. */
const magic = Buffer.from('k8s\0');

export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Whether a stored value looks like an object: in protobuf or in JSON. */
export function looksLikeObject(value: Buffer): boolean {
  return value.subarray(0, magic.length).equals(magic) || value[0] === 0x7b;
}

/**
 * What a stored value begins with: the same for all objects of one kind and version, and for all that are JSON;
 * `undefined` for what is no object or is encrypted.
 */
export function headerOf(value: Buffer): string | undefined {
  if (value[0] === 0x7b) return '{';
  const length = headerLength(value);
  return length === undefined ? undefined : value.toString('latin1', magic.length, length);
}

/** How many bytes say in the beginning of a value that it is protobuf, and of which kind; `undefined` for another value. */
export function headerLength(value: Uint8Array): number | undefined {
  const length = value[magic.length + 1] ?? 128;
  const isProtobuf = magic.every((byte, at) => value[at] === byte);
  const end = magic.length + 2 + length;
  const isHeader = isProtobuf && value[magic.length] === 0x0a && length < 128 && end <= value.length;
  return isHeader ? end : undefined;
}

/**
 * A stored value as an API server would answer it, but for what the server fills in as it reads: defaults, and
 * `resourceVersion`.
 *
 * @throws Undecodable
 */
export function decodeObject(value: Buffer): JsonObject {
  if (!value.subarray(0, magic.length).equals(magic)) {
    const object = parseObject(value);
    kindOfJson(object);
    return object;
  }
  const { apiVersion, kind, raw } = openEnvelope(value);
  const message = messageOfKind(apiVersion, kind);
  if (message === undefined) throw new Undecodable('unknownKind');
  return { kind, apiVersion, ...(decodeMessage(raw, message) as JsonObject) };
}

/**
 * {@link decodeObject}, but of what is stored in protobuf only the kind and, of its metadata, what a list of objects shows: names, labels
 * and when it was created. Whether the rest can be read is not looked at.
 *
 * @throws Undecodable
 */
export function decodeHead(value: Buffer): JsonObject {
  if (!value.subarray(0, magic.length).equals(magic)) return decodeObject(value);
  const { apiVersion, kind, raw } = openEnvelope(value);
  const message = messageOfKind(apiVersion, kind);
  if (message === undefined) throw new Undecodable('unknownKind');
  const field = messageTable(message).fields.find(({ name }) => name === 'metadata');
  if (typeof field?.value !== 'number') return decodeObject(value);
  for (const wire of wireFields(raw)) {
    if (wire === undefined) break;
    if (wire.number !== field.number) continue;
    return {
      kind,
      apiVersion,
      metadata: decodePart(wire.bytes, partOfMessage(field.value, shownOfMetadata)),
    };
  }
  return decodeObject(value);
}

/**
 * Whether what begins as this value, which is in protobuf, has its metadata where `HeadScan` looks for it: as every kind of Kubernetes has.
 */
export function hasUsualMetadata(value: Buffer): boolean {
  if (!value.subarray(0, magic.length).equals(magic)) return false;
  const { apiVersion, kind } = openEnvelope(value);
  const message = messageOfKind(apiVersion, kind);
  const field = message === undefined ? undefined : messageTable(message).byNumber.get(1);
  if (field?.name !== 'metadata' || typeof field.value !== 'number') return false;
  const { byNumber } = messageTable(field.value);
  return usualNumbers.every(([number, name]) => byNumber.get(number)?.name === name);
}

const usualNumbers = [
  [1, 'name'],
  [3, 'namespace'],
  [8, 'creationTimestamp'],
  [11, 'labels'],
] as const;

const shownOfMetadata: ReadonlySet<string> = new Set(['name', 'namespace', 'labels', 'creationTimestamp']);

interface Envelope extends Kind {
  readonly raw: Buffer;
}

/** `runtime.Unknown`: 1 is the kind (1 its version, 2 its name), 2 the object's own message. */
function openEnvelope(value: Buffer): Envelope {
  const parts = bytesByNumber(value.subarray(magic.length));
  const typeMeta = bytesByNumber(parts.get(1) ?? nothing);
  const apiVersion = typeMeta.get(1)?.toString() ?? '';
  const kind = typeMeta.get(2)?.toString() ?? '';
  if (kind === '') throw new Undecodable('kind');
  return { apiVersion, kind, raw: parts.get(2) ?? nothing };
}

const nothing = Buffer.alloc(0);

function bytesByNumber(message: Buffer): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (const field of wireFields(message)) {
    if (field === undefined) throw new Undecodable('wire');
    found.set(field.number, field.bytes);
  }
  return found;
}

function parseObject(value: Buffer): JsonObject {
  if (value[0] !== 0x7b) throw new Undecodable('notObject');
  return parseJson(value.toString()) as JsonObject;
}

function kindOfJson({ apiVersion, kind }: JsonObject): Kind {
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') throw new Undecodable('kind');
  return { apiVersion, kind };
}
