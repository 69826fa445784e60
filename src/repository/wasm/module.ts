/**
 * Just enough of WebAssembly's binary format (https://webassembly.github.io/spec/core/binary/) to write loops over
 * 64-bit integers by hand: one memory, imported from nowhere, and functions of i32 and i64. An expression is the bytes
 * that leave its value on the stack, so expressions nest as function calls.
 */

/** Instructions, encoded. */
export type Code = readonly number[];

/** A local variable: its index among parameters and locals, and what it holds. */
export interface Local {
  readonly index: number;
  readonly type: 'i32' | 'i64';
}

interface FunctionDefinition {
  readonly name: string;
  readonly parameters: readonly Local[];
  readonly result: 'i32' | 'i64';
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

const typeCodes = { i32: 0x7f, i64: 0x7e } as const;

/** Numbers locals in the order in which they are asked for; parameters come first. */
export function localsOf(): (type: 'i32' | 'i64') => Local {
  let next = 0;
  return type => ({ index: next++, type });
}

export const get = (local: Local): Code => [0x20, ...unsigned(local.index)];
export const set = (local: Local, value: Code): Code => [...value, 0x21, ...unsigned(local.index)];

const binary =
  (opcode: number) =>
  (a: Code, b: Code): Code => [...a, ...b, opcode];
const load =
  (opcode: number) =>
  (address: Code, offset = 0): Code => [...address, opcode, 0, ...unsigned(offset)];

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(BigInt(value))],
  add: binary(0x6a),
  sub: binary(0x6b),
  shl: binary(0x74),
  lessUnsigned: binary(0x49),
  load8: load(0x2d),
  wrap: (value: Code): Code => [...value, 0xa7],
} as const;

export const i64 = {
  const: (value: bigint): Code => [0x42, ...signed(value)],
  add: binary(0x7c),
  mul: binary(0x7e),
  and: binary(0x83),
  or: binary(0x84),
  xor: binary(0x85),
  shl: binary(0x86),
  shiftRight: binary(0x88),
  equal: binary(0x51),
  load: load(0x29),
  load8: load(0x31),
  load32: load(0x35),
  store: (address: Code, offset: number, value: Code): Code => [
    ...address,
    ...value,
    0x37,
    0,
    ...unsigned(offset),
  ],
} as const;

/** Several instructions, one after the other. */
export function sequence(...codes: readonly Code[]): Code {
  return codes.flat();
}

/** Repeats `body` as long as `condition`, tested first, is not zero. */
export function whileTrue(condition: Code, body: Code): Code {
  const notAnyMore = [...condition, 0x45, 0x0d, 1];
  return [0x02, 0x40, 0x03, 0x40, ...notAnyMore, ...body, 0x0c, 0, 0x0b, 0x0b];
}

/** Leaves the function with `value` where `condition` is not zero. */
export function returnIf(condition: Code, value: Code): Code {
  return [...condition, 0x04, 0x40, ...value, 0x0f, 0x0b];
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
    ...vector(each.parameters.map(local => [typeCodes[local.type]])),
    ...vector([[typeCodes[each.result]]]),
  ]);
  const exported = functions.map((each, index) => [...name(each.name), 0, ...unsigned(index)]);
  const magicAndVersion = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const sections = [
    section(1, vector(types)),
    section(3, vector(functions.map((_, index) => unsigned(index)))),
    section(5, vector([[0, ...unsigned(pages)]])),
    section(7, vector([[...name('memory'), 2, 0], ...exported])),
    section(10, vector(functions.map(encodeBody))),
  ];
  return Uint8Array.from([magicAndVersion, ...sections].flat());
}

function encodeBody({ locals, body }: FunctionDefinition): Code {
  const code = [...vector(locals.map(local => [1, typeCodes[local.type]])), ...body, 0x0b];
  return [...unsigned(code.length), ...code];
}

function section(id: number, content: Code): Code {
  return [id, ...unsigned(content.length), ...content];
}

function vector(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function name(text: string): Code {
  return vector([...Buffer.from(text)].map(byte => [byte]));
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
