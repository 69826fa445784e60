/**
 * Just enough of WebAssembly's binary format (https://webassembly.github.io/spec/core/binary/) to write loops over
 * 64-bit integers and vectors by hand: one memory, imported from nowhere, and functions of i32, i64 and v128. An expression is the bytes
 * that leave its value on the stack, so expressions nest as function calls.
 */

/** Instructions, encoded: bytes, nested as the expressions are, so that nothing is copied until the end. */
export type Code = readonly (number | Code)[];

/** A local variable: its index among parameters and locals, and what it holds. */
export interface Local {
  readonly index: number;
  readonly type: ValueType;
}

export type ValueType = 'i32' | 'i64' | 'v128';

export interface FunctionDefinition {
  readonly name: string;
  readonly parameters: readonly Local[];
  readonly result: ValueType;
  readonly locals: readonly Local[];
  readonly body: Code;
}

/** The part of the engine's own interface that is used here; TypeScript has it only among the types for browsers. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
}

/** What a module exports beside its functions. */
export interface Memory {
  readonly buffer: ArrayBuffer;
}

const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: Engine };

const typeCodes = { i32: 0x7f, i64: 0x7e, v128: 0x7b } as const;

/** Numbers locals in the order in which they are asked for; parameters come first. */
export function localsOf(): (type: ValueType) => Local {
  let next = 0;
  return type => ({ index: next++, type });
}

export const get = (local: Local): Code => [0x20, unsigned(local.index)];
export const set = (local: Local, value: Code): Code => [value, 0x21, unsigned(local.index)];

const binary =
  (opcode: number) =>
  (a: Code, b: Code): Code => [a, b, opcode];
const load =
  (opcode: number) =>
  (address: Code, offset = 0): Code => [address, opcode, 0, unsigned(offset)];

export const i32 = {
  const: (value: number): Code => [0x41, signed(BigInt(value))],
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  shl: binary(0x74),
  shiftRight: binary(0x76),
  equal: binary(0x46),
  and: binary(0x71),
  xor: binary(0x73),
  rotateLeft: binary(0x77),
  rotateRight: binary(0x78),
  isZero: (value: Code): Code => [value, 0x45],
  lessUnsigned: binary(0x49),
  load: load(0x28),
  load8: load(0x2d),
  store: (address: Code, offset: number, value: Code): Code => [address, value, 0x36, 0, unsigned(offset)],
  trailingZeros: (value: Code): Code => [value, 0x68],
  wrap: (value: Code): Code => [value, 0xa7],
} as const;

export const i64 = {
  const: (value: bigint): Code => [0x42, signed(value)],
  add: binary(0x7c),
  mul: binary(0x7e),
  and: binary(0x83),
  or: binary(0x84),
  xor: binary(0x85),
  shl: binary(0x86),
  shiftRight: binary(0x88),
  rotateRight: binary(0x8a),
  equal: binary(0x51),
  lessUnsigned: binary(0x54),
  /** Of a number of 32 bits. */
  extend: (value: Code): Code => [value, 0xad],
  load: load(0x29),
  load8: load(0x31),
  load32: load(0x35),
  store: (address: Code, offset: number, value: Code): Code => [address, value, 0x37, 0, unsigned(offset)],
} as const;

/** An instruction on vectors, by its number. */
const vector128 = (number: number): Code => [0xfd, unsigned(number)];
const vectorUnary =
  (number: number) =>
  (a: Code): Code => [a, vector128(number)];
const vectorBinary =
  (number: number) =>
  (a: Code, b: Code): Code => [a, b, vector128(number)];

export const v128 = {
  load: (address: Code, offset = 0): Code => [address, vector128(0), 0, unsigned(offset)],
  store: (address: Code, offset: number, value: Code): Code => [
    address,
    value,
    vector128(11),
    0,
    unsigned(offset),
  ],
  /** Sixteen bytes. */
  const: (bytes: readonly number[]): Code => [vector128(12), bytes],
  and: vectorBinary(78),
  or: vectorBinary(80),
  xor: vectorBinary(81),
  anyTrue: vectorUnary(83),
} as const;

export const i8x16 = {
  /** Of the 32 bytes of both, those that are named by number. */
  shuffle: (a: Code, b: Code, bytes: readonly number[]): Code => [a, b, vector128(13), bytes],
  /** Bytes of a table by index, where no index is above 15: a single instruction of the processor. */
  relaxedSwizzle: vectorBinary(256),
  equal: vectorBinary(35),
  /** The highest bit of each byte. */
  bitmask: vectorUnary(100),
  shl: vectorBinary(107),
  shiftRight: vectorBinary(109),
} as const;

export const i64x2 = {
  /** The lower or the higher number. */
  extract: (a: Code, number: 0 | 1): Code => [a, vector128(29), number],
  shl: vectorBinary(203),
  shiftRight: vectorBinary(205),
  add: vectorBinary(206),
  /** Products of the lower two, or the higher two, 32-bit numbers of both. */
  multiplyLow: vectorBinary(222),
  multiplyHigh: vectorBinary(223),
} as const;

export const i32x4 = {
  /** One number from memory, and zeros. */
  loadOne: (address: Code, offset = 0): Code => [address, vector128(92), 0, unsigned(offset)],
  shl: vectorBinary(171),
  shiftRight: vectorBinary(173),
  add: vectorBinary(174),
  equal: vectorBinary(55),
  /** Of the eight numbers of both, those that are named. */
  shuffle: (a: Code, b: Code, numbers: readonly number[]): Code =>
    i8x16.shuffle(
      a,
      b,
      numbers.flatMap(number => [0, 1, 2, 3].map(byte => 4 * number + byte)),
    ),
} as const;

/** Several instructions, one after the other. */
export function sequence(...codes: readonly Code[]): Code {
  return codes;
}

/** Repeats `body` as long as `condition`, tested first, is not zero. */
export function whileTrue(condition: Code, body: Code): Code {
  const notAnyMore = [condition, 0x45, 0x0d, 1];
  return [0x02, 0x40, 0x03, 0x40, notAnyMore, body, 0x0c, 0, 0x0b, 0x0b];
}

/** Does `body` where `condition` is not zero. */
export function when(condition: Code, body: Code): Code {
  return [condition, 0x04, 0x40, body, 0x0b];
}

/** `a` where `condition` is not zero, else `b`. */
export function choose(condition: Code, a: Code, b: Code): Code {
  return [a, b, condition, 0x1b];
}

/** Leaves the function with `value` where `condition` is not zero. */
export function returnIf(condition: Code, value: Code): Code {
  return [condition, 0x04, 0x40, value, 0x0f, 0x0b];
}

/** Compiles the functions beside one exported memory of `pages` times 64 KiB. */
export function instantiate(
  functions: readonly FunctionDefinition[],
  pages: number,
): Readonly<Record<string, unknown>> {
  const module = new WebAssembly.Module(encodeModule(functions, pages));
  return new WebAssembly.Instance(module).exports;
}

function encodeModule(functions: readonly FunctionDefinition[], pages: number): Uint8Array<ArrayBuffer> {
  const types = functions.map(each => [
    0x60,
    vector(each.parameters.map(local => [typeCodes[local.type]])),
    vector([[typeCodes[each.result]]]),
  ]);
  const exported = functions.map((each, index) => [name(each.name), 0, unsigned(index)]);
  const magicAndVersion = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return Buffer.concat([
    Uint8Array.from(magicAndVersion),
    ...section(1, bytesOf(vector(types))),
    ...section(3, bytesOf(vector(functions.map((_, index) => unsigned(index))))),
    ...section(5, bytesOf(vector([[0, unsigned(pages)]]))),
    ...section(7, bytesOf(vector([[name('memory'), 2, 0], ...exported]))),
    ...section(10, bytesOf(unsigned(functions.length)), ...functions.flatMap(encodeBody)),
  ]);
}

/** Its length, and its bytes. */
function encodeBody({ locals, body }: FunctionDefinition): Uint8Array[] {
  const code = bytesOf([vector(locals.map(local => [1, typeCodes[local.type]])), body, 0x0b]);
  return [bytesOf(unsigned(code.length)), code];
}

/** In pieces, so that the bytes of functions are put together once. */
function section(id: number, ...content: readonly Uint8Array[]): Uint8Array[] {
  const length = content.reduce((sum, { length }) => sum + length, 0);
  return [bytesOf([id, unsigned(length)]), ...content];
}

function vector(items: readonly Code[]): Code {
  return [unsigned(items.length), ...items];
}

function name(text: string): Code {
  return vector([...Buffer.from(text)].map(byte => [byte]));
}

function bytesOf(code: Code): Uint8Array {
  return Uint8Array.from(flat(code));
}

/** The bytes of nested code. */
function flat(code: Code, bytes: number[] = []): number[] {
  for (const each of code) {
    if (typeof each === 'number') bytes.push(each);
    else flat(each, bytes);
  }
  return bytes;
}

/** LEB128. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** Signed LEB128. */
function signed(value: bigint): Code {
  const low = Number(value & 0x7fn);
  const rest = value >> 7n;
  const done = (rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0);
  return done ? [low] : [low | 0x80, ...signed(rest)];
}
