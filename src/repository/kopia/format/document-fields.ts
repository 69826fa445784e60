/**
 * Members of a JSON document with the types that Go would unmarshal them to: what is missing, or null, is that type's zero; what
 * is of another type makes the document invalid.
 */
import type { Message } from '#foundation/language.ts';
import { Fault } from '../../format/fault.ts';
import { isObject, type Json, type JsonObject, parseJson, wholeNumber } from '../../format/go-json.ts';
import { formatTime, parseTime } from '../../format/go-time.ts';

/** A document out of UTF-8 text. @throws Fault for what is no object in JSON */
export function documentOf(bytes: Uint8Array, reason: Message): JsonObject {
  let document: Json;
  try {
    document = parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
  } catch (cause) {
    throw new Fault(reason, { cause });
  }
  return objectIn(document, reason);
}

/** @throws Fault where it is no object */
export function objectIn(value: Json | undefined, reason: Message): JsonObject {
  if (!isObject(value)) throw new Fault(reason);
  return value;
}

/** An object, empty where there is none. @throws Fault */
export function objectField(object: JsonObject, key: string, reason: Message): JsonObject {
  const value = object[key] ?? {};
  return objectIn(value, reason);
}

/** @throws Fault */
export function textField(object: JsonObject, key: string, reason: Message): string {
  const value = object[key] ?? '';
  if (typeof value !== 'string') throw new Fault(reason);
  return value;
}

/** @throws Fault */
export function flagField(object: JsonObject, key: string, reason: Message): boolean {
  const value = object[key] ?? false;
  if (typeof value !== 'boolean') throw new Fault(reason);
  return value;
}

/** A whole number of at most 64 bits. @throws Fault */
export function wholeField(object: JsonObject, key: string, reason: Message): bigint {
  const whole = wholeNumber(object[key] ?? 0);
  if (whole === undefined || BigInt.asIntN(64, whole) !== whole) throw new Fault(reason);
  return whole;
}

/** A whole number that a double holds, not below zero. @throws Fault */
export function countField(object: JsonObject, key: string, reason: Message): number {
  const value = object[key] ?? 0;
  if (typeof value !== 'number' || value < 0 || !Number.isSafeInteger(value)) throw new Fault(reason);
  return value;
}

/** @throws Fault */
export function listField(object: JsonObject, key: string, reason: Message): readonly Json[] {
  const value = object[key] ?? [];
  if (!Array.isArray(value)) throw new Fault(reason);
  return value;
}

/** @throws Fault */
export function textsField(object: JsonObject, key: string, reason: Message): readonly string[] {
  const list = listField(object, key, reason);
  if (!list.every(each => typeof each === 'string')) throw new Fault(reason);
  return list;
}

/** A map from text to text. @throws Fault */
export function textMapField(
  object: JsonObject,
  key: string,
  reason: Message,
): Readonly<Record<string, string>> {
  const map = objectField(object, key, reason);
  if (!Object.values(map).every(each => typeof each === 'string')) throw new Fault(reason);
  return map as Readonly<Record<string, string>>;
}

/** Bytes that are written in base64. @throws Fault */
export function bytesField(object: JsonObject, key: string, reason: Message): Buffer {
  return Buffer.from(textField(object, key, reason), 'base64');
}

/** A time in nanoseconds since 1970; `undefined` where there is none, or Go's zero (the year 1). @throws Fault */
export function timeField(object: JsonObject, key: string, reason: Message): bigint | undefined {
  const text = textField(object, key, reason);
  if (text === '' || text === zeroTime) return undefined;
  const time = parseTime(text);
  if (time === undefined) throw new Fault(reason);
  return time;
}

/** How Go writes a time that is not set. */
const zeroTime = '0001-01-01T00:00:00Z';

/** What {@link timeField} reads. */
export function timeText(time: bigint | undefined): string {
  return time === undefined ? zeroTime : formatTime(time);
}
