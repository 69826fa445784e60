import { type WireField, wireFields, wireTypes } from '../snapshot/protobuf.ts';
import type { Json, JsonObject } from './json.ts';
import { scalarForm } from './special-forms.ts';
import { type Field, type FieldValue, type MessageTable, messageTable, type SpecialForm } from './tables.ts';
import { Undecodable } from './undecodable.ts';

/** Schemas of schemas are the deepest there are; nothing sensible has so many levels. */
const deepest = 200;

/**
 * A message as the JSON that an API server answers for it, by the tags of its Go type: empty fields are left out or shown as those
 * say. Fields that the tables do not have are left out.
 *
 * @throws Undecodable
 */
export function decodeMessage(bytes: Buffer, message: number, depth = 0): Json {
  if (depth > deepest) throw new Undecodable('depth');
  const table = messageTable(message);
  const { special } = table;
  if (special === undefined) return shape(table, collect(bytes, table, depth), depth);
  if (!isChoice(special)) return scalarForm(special, bytes);
  const values = collect(bytes, table, depth);
  return choose(
    special,
    table.fields.map(field => values.get(field.number)),
  );
}

/** The same by a table that has only some of its fields. @throws Undecodable */
export function decodePart(bytes: Buffer, table: MessageTable): JsonObject {
  return shape(table, collect(bytes, table, 0), 0);
}

/** Forms of messages that stand for one of their fields. */
type Choice = 'either' | 'allows' | 'items';

function isChoice(special: SpecialForm): special is Choice {
  return special === 'either' || special === 'allows' || special === 'items';
}

function choose(special: Choice, [first, second]: readonly (Json | undefined)[]): Json {
  if (special === 'items') return first ?? null;
  if (special === 'allows') return second ?? first ?? false;
  return Array.isArray(second) && second.length > 0 ? second : (first ?? null);
}

/** Values by the numbers of their fields. */
type Values = Map<number, Json>;

function collect(bytes: Buffer, { byNumber }: MessageTable, depth: number): Values {
  const values: Values = new Map();
  const lists = new Map<number, Json[]>();
  const maps = new Map<number, Map<string, Json>>();
  for (const wire of wireFields(bytes)) {
    if (wire === undefined) throw new Undecodable('wire');
    const field = byNumber.get(wire.number);
    if (field === undefined) continue;
    if (field.isList) kept(lists, wire.number, () => []).push(...elements(field.value, wire, depth));
    else if (field.isMap)
      addEntry(
        kept(maps, wire.number, () => new Map()),
        field.value,
        wire,
        depth,
      );
    else values.set(wire.number, valueOf(field.value, wire, depth));
  }
  for (const [number, list] of lists) values.set(number, list);
  for (const [number, map] of maps) values.set(number, Object.fromEntries(map));
  return values;
}

function kept<V>(map: Map<number, V>, number: number, make: () => V): V {
  const known = map.get(number) ?? make();
  map.set(number, known);
  return known;
}

/** A list's element; or several numbers, packed. */
function* elements(value: FieldValue, wire: WireField, depth: number): Generator<Json> {
  const isNumber = value === 'i' || value === 'u' || value === 'b';
  if (!isNumber || wire.type !== wireTypes.bytes) yield valueOf(value, wire, depth);
  else for (const varint of packed(wire.bytes)) yield scalarOf(value, varint);
}

function* packed(bytes: Buffer): Generator<bigint> {
  let [value, shift] = [0n, 0n];
  for (const byte of bytes) {
    value |= BigInt(byte & 127) << shift;
    shift += 7n;
    if (byte >= 128) continue;
    yield value;
    [value, shift] = [0n, 0n];
  }
}

function addEntry(map: Map<string, Json>, value: FieldValue, wire: WireField, depth: number): void {
  let key = '';
  let entry: WireField | undefined;
  for (const field of wireFields(wire.bytes)) {
    if (field === undefined) throw new Undecodable('wire');
    if (field.number === 1) key = field.bytes.toString();
    else if (field.number === 2) entry = field;
  }
  map.set(key, entry === undefined ? zeroOf(value, depth) : valueOf(value, entry, depth));
}

function valueOf(value: FieldValue, wire: WireField, depth: number): Json {
  if (typeof value === 'number') {
    if (wire.type !== wireTypes.bytes) throw new Undecodable('wire');
    return decodeMessage(wire.bytes, value, depth + 1);
  }
  if (value === 'i' || value === 'u' || value === 'b') {
    if (wire.type !== wireTypes.varint) throw new Undecodable('wire');
    return scalarOf(value, wire.varint);
  }
  if (value === 'd') return doubleOf(wire);
  if (wire.type !== wireTypes.bytes) throw new Undecodable('wire');
  return wire.bytes.toString(value === 's' ? 'utf8' : 'base64');
}

function scalarOf(value: 'i' | 'u' | 'b', varint: bigint): Json {
  if (value === 'b') return varint !== 0n;
  return Number(value === 'i' ? BigInt.asIntN(64, varint) : varint);
}

function doubleOf({ type, bytes }: WireField): Json {
  if (type === wireTypes.fixed64) return bytes.readDoubleLE();
  if (type === wireTypes.fixed32) return bytes.readFloatLE();
  throw new Undecodable('wire');
}

function shape({ fields }: MessageTable, values: Values, depth: number): JsonObject {
  const object: Record<string, Json> = {};
  for (const field of fields) {
    const found = values.get(field.number);
    const value = found ?? absent(field, depth);
    if (value === undefined || (found !== undefined && isLeftOut(field, found))) continue;
    if (field.name === '') Object.assign(object, value);
    else object[field.name] = value;
  }
  return object;
}

/** Go's `omitempty` leaves out what is empty, but no structure. */
function isLeftOut({ omitEmpty, omitZero, isPointer, value }: Field, found: Json): boolean {
  if (isPointer) return false;
  if (omitZero && found === null) return true;
  if (!omitEmpty) return false;
  if (Array.isArray(found)) return found.length === 0;
  if (typeof value === 'number') return false;
  if (typeof found === 'object' && found !== null) return Object.keys(found).length === 0;
  return found === '' || found === 0 || found === false;
}

/** What JSON shows where the message says nothing; `undefined` for nothing. */
function absent(field: Field, depth: number): Json | undefined {
  const { value, omitEmpty, omitZero, isPointer, isList, isMap, name } = field;
  if (isPointer || isList || isMap) return omitEmpty || name === '' ? undefined : null;
  if (typeof value !== 'number') return omitEmpty ? undefined : zeroOf(value, depth);
  if (omitZero) return undefined;
  const { special } = messageTable(value);
  if (special === 'items' && omitEmpty) return undefined;
  return zeroOf(value, depth);
}

const zeroes: Readonly<Record<Exclude<FieldValue, number>, Json>> = {
  s: '',
  b: false,
  i: 0,
  u: 0,
  d: 0,
  y: null,
};

function zeroOf(value: FieldValue, depth: number): Json {
  return typeof value === 'number' ? decodeMessage(nothing, value, depth + 1) : zeroes[value];
}

const nothing = Buffer.alloc(0);
