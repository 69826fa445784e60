import {
  type Code,
  type FunctionDefinition,
  get,
  i8x16,
  i32,
  instantiate,
  type Local,
  localsOf,
  type Memory,
  returnIf,
  sequence,
  set,
  v128,
  when,
  whileTrue,
} from '../wasm/module.ts';
import { polynomialDegree, shiftedBytes } from './polynomial.ts';
import { windowSize } from './rabin-kernel.ts';

/**
 * Rolls sixteen Rabin digests at once, each over a segment of its own.
 *
 * A digest has 53 bits. It is kept shifted left by three, in seven bytes, and vector `k` holds byte `k` of all sixteen: to
 * multiply by x^8 is then to rename the vectors, and the eight bits that pass the degree are the top byte, by itself. What
 * they are reduced to, and what the byte that leaves the window takes away, is linear in their bits, so it is looked up by
 * half bytes: sixteen entries fit into a vector.
 */
export interface LanesKernel {
  /** Room for content, in the kernel's memory. */
  readonly room: Uint8Array;
  /** For content that lies elsewhere: a block with the window before it. */
  readonly staging: Uint8Array;
  /**
   * Looks behind each of `16 * segment` bytes from `at`, which is an offset into the memory; `segment` is a multiple of 16. The
   * window before `at` lies there too. How many bytes there are to the first boundary, that of its last byte included; 0
   * where there is none.
   */
  readonly scan: (at: number, segment: number) => number;
}

export const lanes = 16;
/** Bytes of a segment, at most: shorter ones pay more for their windows, longer ones are searched in vain behind a boundary. */
export const longestSegment = 4096;

const planes = 7;
const pageSize = 65536;
const vectorSize = 16;
/** Tables for the high bits and for the leaving byte: for each plane one for the low half and one for the high half. */
const modAt = 0;
const outAt = modAt + 2 * planes * vectorSize;
/** Bytes of all segments, step by step: a ring of 128 steps. */
const ringAt = 1024;
const ringSize = 128 * vectorSize;
const stagingAt = ringAt + ringSize;
const stagingSize = windowSize + lanes * longestSegment;
const roomAt = 2 * pageSize;

/**
 * A kernel for one polynomial and the bits of a digest that are zero at a boundary, with room for so much content.
 * `undefined` where this machine's engine does not know the instructions.
 */
export function makeLanesKernel(polynomial: bigint, mask: bigint, roomSize: number): LanesKernel | undefined {
  const pages = Math.ceil((roomAt + roomSize) / pageSize);
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = instantiate([scanFunction(mask)], pages);
  } catch {
    return undefined; // relaxed vector instructions are younger than the others
  }
  const { memory, scan } = exported as unknown as {
    memory: Memory;
    scan: (at: number, segment: number) => number;
  };
  const tables = new Uint8Array(memory.buffer);
  tables.set(halfByteTables(shiftedBytes(polynomial, polynomialDegree)), modAt);
  tables.set(halfByteTables(shiftedBytes(polynomial, 8 * windowSize)), outAt);
  return {
    room: new Uint8Array(memory.buffer, roomAt, roomSize),
    staging: new Uint8Array(memory.buffer, stagingAt, stagingSize),
    scan,
  };
}

/** For each plane sixteen bytes for the low half of an index, then sixteen for the high half. */
function halfByteTables(digests: readonly bigint[]): Uint8Array {
  const tables = new Uint8Array(2 * planes * vectorSize);
  for (let plane = 0; plane < planes; plane++) {
    for (let value = 0; value < 16; value++) {
      const byteOf = (index: number): number =>
        Number((((digests[index] ?? 0n) << 3n) >> BigInt(8 * plane)) & 0xffn);
      tables[2 * plane * vectorSize + value] = byteOf(value);
      tables[(2 * plane + 1) * vectorSize + value] = byteOf(value << 4);
    }
  }
  return tables;
}

/** The locals of the function. */
interface Scan {
  readonly segment: Local;
  /** Where the first lane reads next. */
  readonly at: Local;
  /** The number of the group of sixteen steps that comes next. */
  readonly group: Local;
  /** Of the lowest lane that met a boundary: its number, and the steps to there. */
  readonly bestLane: Local;
  readonly bestStep: Local;
  readonly lane: Local;
  /** Where the bytes that enter and leave the window in this group stand in the ring. */
  readonly entering: Local;
  readonly leaving: Local;
  readonly digest: readonly Local[];
  readonly rows: readonly Local[];
  readonly turned: readonly Local[];
  /** Halves of the top byte, and of the byte that leaves. */
  readonly top: Halves;
  readonly out: Halves;
  readonly byte: Local;
  readonly lowBits: Local;
}

interface Halves {
  readonly low: Local;
  readonly high: Local;
}

/** Groups of steps that fill the window. */
const warmGroups = windowSize / 16;

function scanFunction(mask: bigint): FunctionDefinition {
  const local = localsOf();
  const parameters = [local('i32'), local('i32')] as const;
  const [start, segment] = parameters;
  const scan = scanLocals(local, segment);
  const { at, group, bestLane, bestStep, lowBits, digest } = scan;
  const locals = Object.values(scan)
    .flatMap((each: Local | Halves | readonly Local[]) => ('type' in each ? [each] : Object.values(each)))
    .filter((each: Local) => !parameters.includes(each))
    .sort((a: Local, b: Local) => a.index - b.index);
  const groups = (limit: Code, scanned: bigint | undefined): Code =>
    whileTrue(
      i32.lessUnsigned(get(group), limit),
      sequence(
        turn(scan),
        ...Array.from({ length: 16 }, (_, i) => step(scan, i, scanned)),
        set(at, i32.add(get(at), i32.const(16))),
        set(group, i32.add(get(group), i32.const(1))),
      ),
    );
  const steps = i32.add(i32.shiftRight(get(segment), i32.const(4)), i32.const(warmGroups));
  const body = sequence(
    set(at, i32.sub(get(start), i32.const(windowSize))),
    set(bestLane, i32.const(lanes)),
    set(lowBits, bytesOf(0x0f)),
    ...digest.map(plane => set(plane, bytesOf(0))),
    groups(i32.const(warmGroups), undefined),
    groups(steps, mask),
    returnIf(i32.equal(get(bestLane), i32.const(lanes)), i32.const(0)),
    i32.add(i32.mul(get(bestLane), get(segment)), get(bestStep)),
  );
  return { name: 'scan', parameters, result: 'i32', locals, body };
}

function scanLocals(local: ReturnType<typeof localsOf>, segment: Local): Scan {
  const number = (): Local => local('i32');
  const vector = (): Local => local('v128');
  const vectors = (count: number): Local[] => Array.from({ length: count }, vector);
  return {
    segment,
    at: number(),
    group: number(),
    bestLane: number(),
    bestStep: number(),
    lane: number(),
    entering: number(),
    leaving: number(),
    digest: vectors(planes),
    rows: vectors(lanes),
    turned: vectors(lanes),
    top: { low: vector(), high: vector() },
    out: { low: vector(), high: vector() },
    byte: vector(),
    lowBits: vector(),
  };
}

function bytesOf(value: number): Code {
  return v128.const(Array.from({ length: vectorSize }, () => value));
}

/** Reads the next sixteen bytes of each lane and puts them into the ring, turned: one byte of each lane for each step. */
function turn({ segment, at, group, rows, turned, lane, entering, leaving }: Scan): Code {
  const reads = rows.map(row =>
    sequence(set(row, v128.load(get(lane))), set(lane, i32.add(get(lane), get(segment)))),
  );
  // Interleaving the first eight with the second eight, four times, turns a square of sixteen by sixteen.
  const rounds: Code[] = [];
  for (let round = 0; round < 4; round++) {
    const [from, to] = round % 2 === 0 ? [rows, turned] : [turned, rows];
    for (let i = 0; i < 8; i++) {
      const [a, b] = [get(from[i] as Local), get(from[i + 8] as Local)];
      rounds.push(set(to[2 * i] as Local, i8x16.shuffle(a, b, interleaved(0))));
      rounds.push(set(to[2 * i + 1] as Local, i8x16.shuffle(a, b, interleaved(8))));
    }
  }
  const writes = rows.map((row, i) => v128.store(get(entering), ringAt + vectorSize * i, get(row)));
  return sequence(
    set(lane, get(at)),
    ...reads,
    ...rounds,
    set(entering, ringOffset(get(group))),
    set(leaving, ringOffset(i32.sub(get(group), i32.const(warmGroups)))),
    ...writes,
  );
}

function interleaved(first: number): number[] {
  return Array.from({ length: vectorSize / 2 }, (_, i) => [first + i, vectorSize + first + i]).flat();
}

/** Where the bytes of a group stand in the ring. */
function ringOffset(group: Code): Code {
  return i32.and(i32.shl(group, i32.const(8)), i32.const(ringSize - 1));
}

/** Step `i` of a group; with a mask, bytes leave the window and boundaries are looked for. */
function step(scan: Scan, i: number, mask: bigint | undefined): Code {
  const { digest, top, out, byte, entering, leaving } = scan;
  const scanning = mask !== undefined;
  const halves = ({ low, high }: Halves, whole: Code): Code =>
    sequence(
      set(byte, whole),
      set(low, v128.and(get(byte), get(scan.lowBits))),
      set(high, i8x16.shiftRight(get(byte), i32.const(4))),
    );
  const plane = (k: number): Code => {
    const shifted = k === 0 ? i8x16.shl(get(byte), i32.const(3)) : get(digest[k - 1] as Local);
    const carried = k === 1 ? v128.xor(shifted, i8x16.shiftRight(get(byte), i32.const(5))) : shifted;
    const reduced = v128.xor(carried, lookUp(modAt, k, top));
    return set(digest[k] as Local, scanning ? v128.xor(reduced, lookUp(outAt, k, out)) : reduced);
  };
  return sequence(
    halves(top, get(digest[planes - 1] as Local)),
    ...(scanning ? [halves(out, v128.load(get(leaving), ringAt + vectorSize * i))] : []),
    set(byte, v128.load(get(entering), ringAt + vectorSize * i)),
    ...Array.from({ length: planes }, (_, k) => plane(planes - 1 - k)),
    ...(scanning ? [noteBoundary(scan, i, mask)] : []),
  );
}

function lookUp(tables: number, plane: number, { low, high }: Halves): Code {
  const at = tables + 2 * plane * vectorSize;
  const table = (offset: number): Code => v128.load(i32.const(0), offset);
  return v128.xor(
    i8x16.relaxedSwizzle(table(at), get(low)),
    i8x16.relaxedSwizzle(table(at + vectorSize), get(high)),
  );
}

/** Where a digest has zeros under the mask, the lowest lane counts: its segment comes first. */
function noteBoundary(scan: Scan, i: number, mask: bigint): Code {
  const { digest, byte, bestLane, bestStep, lane, group } = scan;
  const masked = digest.flatMap((plane, k) => {
    const bits = Number(((mask << 3n) >> BigInt(8 * k)) & 0xffn);
    return bits === 0 ? [] : [v128.and(get(plane), bytesOf(bits))];
  });
  const steps = i32.add(i32.shl(i32.sub(get(group), i32.const(warmGroups)), i32.const(4)), i32.const(i + 1));
  return sequence(
    set(
      byte,
      i8x16.equal(
        masked.reduce((a, b) => v128.or(a, b)),
        bytesOf(0),
      ),
    ),
    when(
      v128.anyTrue(get(byte)),
      sequence(
        set(lane, i32.trailingZeros(i8x16.bitmask(get(byte)))),
        when(
          i32.lessUnsigned(get(lane), get(bestLane)),
          sequence(set(bestLane, get(lane)), set(bestStep, steps)),
        ),
      ),
    ),
  );
}
